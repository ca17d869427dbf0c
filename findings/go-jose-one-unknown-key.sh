#!/usr/bin/env bash
# go-jose 2.6.0 (Go): one key of a curve that it does not know, and the whole JWK Set is an error.
#
# Guess: RFC 7517 section 5: keys of a set whose kty is not understood, or whose values are out of the supported range,
#        are ignored. So a set can hold an X25519 key for encryption or a post-quantum key beside the RSA key.
# Seen:  "unknown curve X25519'", also for Ed448, secp256k1 and kty AKP. The key before it was read, but the function ends
#        with an error, and callers drop the set. Ed25519 is known. PyJWT and npm jose skip what they do not know.
# Why it matters: publishing a second key, for another purpose or for the years to come, breaks every Go service that
#        verifies with the first one, in the moment in which it fetches the set again. Publish other kinds of keys under
#        an address of their own.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
{ apt-get download golang-1.19-go=1.19.8-2 golang-1.19-src=1.19.8-2 golang-gopkg-square-go-jose.v2-dev=2.6.0-2 \
    golang-golang-x-crypto-dev=1:0.4.0-1 &&
  for deb in *.deb; do dpkg-deb -x "$deb" root; done &&
  python3 -m venv v && v/bin/pip install -q --only-binary :all: PyJWT==2.15.1 cryptography==50.0.2 jwcrypto==1.6.1 &&
  npm install --no-audit --no-fund --ignore-scripts jose@6.2.18; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

expected='RSA alone: go-jose: no error; PyJWT and npm jose verify: True True
RSA and Ed25519: go-jose: no error; PyJWT and npm jose verify: True True
RSA and X25519: go-jose: square/go-jose: unknown curve X25519'\''; PyJWT and npm jose verify: True True
RSA and Ed448: go-jose: square/go-jose: unknown curve Ed448'\''; PyJWT and npm jose verify: True True
RSA and secp256k1: go-jose: square/go-jose: unsupported elliptic curve '\''secp256k1'\''; PyJWT and npm jose verify: True True
RSA and ML-DSA-44: go-jose: square/go-jose: unknown json web key type '\''AKP'\''; PyJWT and npm jose verify: True True'

cat >read.go <<'E'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	jose "gopkg.in/square/go-jose.v2"
)

func main() {
	var set jose.JSONWebKeySet
	if err := json.NewDecoder(os.Stdin).Decode(&set); err != nil {
		fmt.Print(err)
	} else {
		fmt.Print("no error")
	}
}
E
cat >read.mjs <<'E'
import * as jose from 'jose';
import fs from 'node:fs';
const verify = jose.createLocalJWKSet(JSON.parse(fs.readFileSync('set.json')));
await jose.jwtVerify(fs.readFileSync('token', 'utf8'), verify);
process.stdout.write('True');
E
cat >run.py <<'E'
import json, subprocess
import jwt
from jwcrypto import jwk

rsa = jwk.JWK.generate(kty="RSA", size=2048, kid="orders")
token = jwt.encode({"sub": "orders"}, rsa.export_to_pem(True, None), "RS256", headers={"kid": "orders"})
open("token", "w").write(token)
others = {
    "Ed25519": dict(kty="OKP", crv="Ed25519", use="sig", alg="EdDSA"),
    "X25519": dict(kty="OKP", crv="X25519", use="enc", alg="ECDH-ES"),
    "Ed448": dict(kty="OKP", crv="Ed448", use="sig", alg="EdDSA"),
    "secp256k1": dict(kty="EC", crv="secp256k1", use="sig", alg="ES256K"),
    "ML-DSA-44": dict(kty="AKP", alg="ML-DSA-44", use="sig"),
}
for name in ("", *others):
    keys = [{**rsa.export_public(as_dict=True), "alg": "RS256", "use": "sig"}]
    if name:
        keys.append(jwk.JWK.generate(kid="other", **others[name]).export_public(as_dict=True))
    json.dump({"keys": keys}, open("set.json", "w"))
    by_go = subprocess.run("./read", stdin=open("set.json"), capture_output=True, text=True).stdout
    by_node = subprocess.run(["node", "read.mjs"], capture_output=True, text=True).stdout
    by_pyjwt = bool(jwt.decode(token, jwt.PyJWKSet.from_dict({"keys": keys})["orders"].key, ["RS256"]))
    print(f"RSA {'and ' + name if name else 'alone'}: go-jose: {by_go}; PyJWT and npm jose verify: {by_pyjwt} {by_node}")
E
seen=$({
export GOROOT=$work/root/usr/lib/go-1.19 GOPATH=$work/root/usr/share/gocode GOCACHE=$work/cache GO111MODULE=off
export CGO_ENABLED=0 GOFLAGS=
"$GOROOT/bin/go" build -o read read.go >&2
v/bin/python -W ignore run.py
} 2>log) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "go-jose, PyJWT or npm jose treat unknown keys of a set in another way now." >&2; exit 1; }
