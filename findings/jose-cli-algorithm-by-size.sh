#!/usr/bin/env bash
# latchset jose 11: "jose jws sig" chooses RS256, RS384 or RS512 by the size of the RSA key.
#
# Guess: a JWK without alg, and no alg in a template: the command signs with RS256, the one RSA algorithm that RFC 7518
#        recommends, or refuses.
# Seen:  the algorithm grows with the modulus: RS256 for 2048 bits, RS384 for 3072, RS512 for 4096. "jose jwk gen" with
#        kty and bits alone writes no alg into the JWK, so this is what its own keys do.
# Why it matters: replacing a 2048-bit key by one of 4096 bits changes the algorithm of every token, silently. A client
#        registered for RS256 is refused from then on, with the right key. Write alg into the JWK.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ apt-get download jose=11-2+deb12u1 libjose0=11-2+deb12u1 libjansson4=2.14-2 &&
  for deb in *.deb; do dpkg-deb -x "$deb" root; done; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }
LD_LIBRARY_PATH=$(echo "$PWD"/root/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH

expected='RSA key of 2048 bits, alg in the JWK: False, header: {"alg":"RS256"}
RSA key of 3072 bits, alg in the JWK: False, header: {"alg":"RS384"}
RSA key of 4096 bits, alg in the JWK: False, header: {"alg":"RS512"}'

seen=$(
for bits in 2048 3072 4096; do
  root/usr/bin/jose jwk gen -i "{\"kty\":\"RSA\",\"bits\":$bits}" -o key.jwk
  printf x | root/usr/bin/jose jws sig -I - -k key.jwk -c -o token
  python3 -c '
import base64, json, sys
header = base64.urlsafe_b64decode(open("token").read().split(".")[0] + "===").decode()
alg = "alg" in json.load(open("key.jwk"))
print(f"RSA key of {sys.argv[1]} bits, alg in the JWK: {alg}, header: {header}")' "$bits"
done
) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "jose chooses the algorithm of a signature in another way now." >&2; exit 1; }
