#!/usr/bin/env bash
# CryptX 0.077 (Perl): a private Ed25519 key becomes PEM with the label "ED25519 PRIVATE KEY", which nobody else reads.
#
# Guess: Ed25519 has no form of its own as RSA and EC have, so export_key_pem('private') writes PKCS#8, label PRIVATE KEY
#        (RFC 8410 section 7), and with a passphrase ENCRYPTED PRIVATE KEY (RFC 7468 section 11).
# Seen:  what is inside is PKCS#8; the label around it is ED25519 PRIVATE KEY. With a passphrase it is PKCS#8 in the
#        encryption of PEM from the nineties (Proc-Type, DEK-Info). OpenSSL reads neither. With the two words
#        of the label taken out, OpenSSL reads both. The public key has the usual label.
# Why it matters: the key signs in the Perl program that made it, its public half is registered everywhere, and the day
#        another program is to sign with it, the file looks damaged. Change the label, not the key.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ apt-get download libcryptx-perl=0.077-1+b1 libjson-perl=4.10000-1 libjson-maybexs-perl=1.004004-1 &&
  for deb in *.deb; do dpkg-deb -x "$deb" root; done; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }
PERL5LIB=$(echo "$PWD"/root/usr/lib/*/perl5/5.*):$PWD/root/usr/share/perl5
export PERL5LIB

# shellcheck disable=SC2016 # the variables are Perl's
perl -MCrypt::PK::Ed25519 -e '
  my $key = Crypt::PK::Ed25519->new; $key->generate_key;
  for (["plain", "private"], ["encrypted", "private", "a passphrase"], ["public", "public"]) {
    my ($name, @how) = @$_; open my $file, ">", $name; print $file $key->export_key_pem(@how);
  }'

expected='plain: -----BEGIN ED25519 PRIVATE KEY-----
encrypted: -----BEGIN ED25519 PRIVATE KEY----- Proc-Type: 4,ENCRYPTED
public: -----BEGIN PUBLIC KEY-----
OpenSSL reads plain: no, with another label: yes
OpenSSL reads encrypted: no, with another label: yes
all three are one key: yes'

reads() { openssl pkey -in "$1" -passin "pass:a passphrase" -pubout -out "$1.pub" 2>>log && echo yes || echo no; }
seen=$(
echo "plain: $(sed -n 1p plain)"
echo "encrypted: $(sed -n 1,2p encrypted | paste -sd ' ')"
echo "public: $(sed -n 1p public)"
for name in plain encrypted; do
  sed 's/ED25519 //' "$name" >"$name.relabelled"
  echo "OpenSSL reads $name: $(reads "$name"), with another label: $(reads "$name.relabelled")"
done
cmp -s plain.relabelled.pub public && cmp -s encrypted.relabelled.pub public && echo "all three are one key: yes"
) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "CryptX writes Ed25519 keys in another way now, or OpenSSL reads them." >&2; exit 1; }
