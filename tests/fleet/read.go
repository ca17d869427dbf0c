// Copyright: (c) 2026, keysmith.jwt contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Read opens an encrypted private key as services in Go do and prints its public key: read PATH PASSPHRASE.
package main

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"log"
	"os"
)

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	block, _ := pem.Decode(text)
	der, err := x509.DecryptPEMBlock(block, []byte(os.Args[2]))
	if err != nil {
		log.Fatal(err)
	}
	var key crypto.Signer
	if block.Type == "EC PRIVATE KEY" {
		key, err = x509.ParseECPrivateKey(der)
	} else {
		key, err = x509.ParsePKCS1PrivateKey(der)
	}
	if err != nil {
		log.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		log.Fatal(err)
	}
	if err := pem.Encode(os.Stdout, &pem.Block{Type: "PUBLIC KEY", Bytes: public}); err != nil {
		log.Fatal(err)
	}
}
