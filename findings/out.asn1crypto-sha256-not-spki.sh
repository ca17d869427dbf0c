RSA: sha256 is the digest of the PKCS#1 structure
EC: sha256 is the digest of the point alone
certificate: sha256 is the digest of the DER
