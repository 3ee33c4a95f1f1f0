#!/usr/bin/env bash
# Makes the certificates that rcgen cannot: weak hashes, weak or unusual keys.
# Run once by hand with OpenSSL 3, in this folder. Every key is made up for
# these tests and protects nothing; the CA's and the intermediates' keys are
# thrown away. The results are committed, so no test needs OpenSSL.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OPENSSL_CONF=/dev/null
days=36500

quiet() { openssl "$@" 2>/dev/null; }
subject() { printf '/CN=%s' "$1"; }

# request NAME KEY: a signing request for NAME with the key in KEY.
request() { quiet req -new -key "$2" -subj "$(subject "$1")" -out "$work/$1.csr"; }

# sign NAME ISSUER EXTENSIONS [OPTION …]: NAME.pem, signed by ISSUER.
sign() {
    local name=$1 issuer=$2 extensions=$3
    shift 3
    printf '%b' "$extensions" >"$work/ext"
    quiet x509 -req -in "$work/$name.csr" -CA "$work/$issuer.pem" -CAkey "$work/$issuer.key" \
        -set_serial "0x$(quiet rand -hex 8 | sed 's/^./1/')" -days "$days" -extfile "$work/ext" "$@" -out "$work/$name.pem"
}

ca='basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n'
server='subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\nkeyUsage=critical,digitalSignature\n'

quiet genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$work/root.key"
request root "$work/root.key"
printf '%b' "$ca" >"$work/ext"
quiet x509 -req -in "$work/root.csr" -key "$work/root.key" -sha256 -days "$days" -extfile "$work/ext" -out "$work/root.pem"
cp "$work/root.pem" root.pem

# Keys of leaves: their private half serves in the tests.
quiet genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out leaf.key.pem
quiet genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa2048.key.pem
quiet genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out rsa3072.key.pem

# leaf NAME HASH: a leaf under the root, signed with HASH.
leaf() {
    request "$1" leaf.key.pem
    sign "$1" root "$server" "-$2"
    cp "$work/$1.pem" "$1.pem"
}
leaf leaf-sha256 sha256
leaf leaf-sha1 sha1
leaf leaf-md5 md5
leaf leaf-sha224 sha224

# under NAME HASH GENPKEY-OPTION …: a leaf under an intermediate with such a
# key, which signs it with HASH.
under() {
    local name=$1 hash=$2
    shift 2
    quiet genpkey "$@" -out "$work/$name-ca.key"
    request "$name-ca" "$work/$name-ca.key"
    sign "$name-ca" root "$ca" -sha256
    request "$name" leaf.key.pem
    sign "$name" "$name-ca" "$server" "-$hash"
    cat "$work/$name.pem" "$work/$name-ca.pem" >"$name.pem"
}
under under-rsa2048 sha256 -algorithm RSA -pkeyopt rsa_keygen_bits:2048
under under-rsa1024 sha256 -algorithm RSA -pkeyopt rsa_keygen_bits:1024
under under-rsa512 sha256 -algorithm RSA -pkeyopt rsa_keygen_bits:512
under under-p521 sha256 -algorithm EC -pkeyopt ec_paramgen_curve:P-521
under under-secp256k1 sha256 -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1
under under-sm2 sm3 -algorithm EC -pkeyopt ec_paramgen_curve:SM2

# A leaf without extensions is of X.509 version 1.
request version1 leaf.key.pem
quiet x509 -req -in "$work/version1.csr" -CA "$work/root.pem" -CAkey "$work/root.key" \
    -set_serial 0x11 -sha256 -days "$days" -out version1.pem
