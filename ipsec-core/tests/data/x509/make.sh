#!/usr/bin/env bash
# Makes the certificates and revocation lists of this folder with openssl 3.
# The keys are thrown away, so every run makes other files.
set -euo pipefail
out=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

main() {
    rsa="-algorithm RSA -pkeyopt rsa_keygen_bits:2048"
    p256="-algorithm EC -pkeyopt ec_paramgen_curve:P-256"
    p384="-algorithm EC -pkeyopt ec_paramgen_curve:P-384"

    authority root "/C=CH/O=ipsec-core/CN=root" "$rsa" root authority
    authority sub "/C=CH/O=ipsec-core/CN=sub" "$p384" root last_authority
    authority below-sub "/C=CH/O=ipsec-core/CN=below sub" "$p256" sub authority

    leaf moon root "/C=CH/O=ipsec-core/CN=moon.example" "$rsa" moon
    leaf sun sub "/C=CH/O=ipsec-core/CN=sun.example" "$p256" sun
    leaf too-deep below-sub "/C=CH/O=ipsec-core/CN=too deep" "$p256" plain
    leaf ed25519 root "/CN=ed25519" "-algorithm ED25519" plain
    leaf p384 root "/CN=p384" "$p384" plain
    leaf rsa-1024 root "/CN=rsa-1024" "-algorithm RSA -pkeyopt rsa_keygen_bits:1024" plain
    leaf pss root "/CN=pss" "$rsa" plain -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32
    leaf md5 root "/CN=md5" "$p256" plain -md md5
    leaf sha1 root "/CN=sha1" "$p256" plain -md sha1
    leaf no-signing root "/CN=no signing" "$rsa" no_signing
    leaf web-only root "/CN=web only" "$p256" code_signing
    leaf critical root "/CN=critical" "$p256" critical
    leaf no-subject root "/" "$p256" no_subject
    leaf revoked root "/CN=revoked" "$p256" plain
    days=(-startdate 20200101000000Z -enddate 20210101000000Z)
    leaf expired root "/CN=expired" "$p256" plain
    days=(-startdate 20400101000000Z -enddate 20410101000000Z)
    leaf future root "/CN=future" "$p256" plain
    days=("${VALID[@]}")
    leaf below-leaf sun "/CN=below leaf" "$p256" plain
    version_1
    strings

    revoke root revoked keyCompromise
    crl root root -crldays 7000
    crl root root-stale -crlsec 1
    same_name_other_key

    openssl crl2pkcs7 -nocrl -certfile moon.pem -certfile root.pem -outform DER -out moon.p7
    { echo "the anchors"; cat root.pem sub.pem root-crl.pem; } >bundle.pem
    rm -f "$out"/*.{der,crl,p7,pem}
    cp ./*.der ./*.crl moon.p7 bundle.pem "$out"
}

readonly VALID=(-startdate 20260101000000Z -enddate 20460101000000Z)
days=("${VALID[@]}")

# NAME SUBJECT KEY ISSUER EXTENSIONS
authority() {
    local name=$1 subject=$2 key=$3 issuer=$4 extensions=$5
    database "$name"
    leaf "$name" "$issuer" "$subject" "$key" "$extensions"
}

# NAME ISSUER SUBJECT KEY EXTENSIONS, then options of `openssl ca`
leaf() {
    local name=$1 issuer=$2 subject=$3 key=$4 extensions=$5
    shift 5
    # shellcheck disable=SC2086
    openssl genpkey $key -out "$name.key" 2>/dev/null
    openssl req -new -config <(config "$name") -key "$name.key" -subj "$subject" -out "$name.csr"
    local self=()
    [ "$name" != "$issuer" ] || self=(-selfsign)
    [ -d "$issuer.db" ] || database "$issuer"
    openssl ca -batch -notext -config <(config "$issuer") -extensions "$extensions" \
        -in "$name.csr" "${self[@]}" "${days[@]}" -out "$name.pem" "$@" 2>/dev/null
    openssl x509 -in "$name.pem" -outform DER -out "$name.der"
}

database() {
    mkdir -p "$1.db"
    touch "$1.db/index"
    echo 1000 >"$1.db/crlnumber"
}

# AUTHORITY
config() {
    cat <<END
[ca]
default_ca = this
[this]
dir = $1.db
database = $1.db/index
new_certs_dir = $1.db
rand_serial = yes
crlnumber = $1.db/crlnumber
certificate = $1.pem
private_key = $1.key
default_md = sha256
policy = any
unique_subject = no
email_in_dn = yes
crl_extensions = crl
[any]
countryName = optional
organizationName = optional
commonName = optional
[req]
distinguished_name = dn
string_mask = utf8only
[dn]
[crl]
authorityKeyIdentifier = keyid
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
END
    cat <<'END'
[last_authority]
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[plain]
basicConstraints = CA:false
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[moon]
basicConstraints = CA:false
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
keyUsage = critical, digitalSignature, nonRepudiation
extendedKeyUsage = serverAuth, 1.3.6.1.5.5.7.3.17, 1.2.3.4
subjectAltName = @moon_names
crlDistributionPoints = URI:http://crl.example/root.crl
authorityInfoAccess = OCSP;URI:http://ocsp.example, caIssuers;URI:http://ca.example/root.der
certificatePolicies = 2.23.140.1.2.1
[moon_names]
DNS.1 = moon.example
DNS.2 = *.moon.example
email.1 = admin@moon.example
IP.1 = 192.0.2.1
IP.2 = 2001:db8::1
URI.1 = https://moon.example/
dirName.1 = moon_name
otherName.1 = 1.3.6.1.4.1.311.20.2.3;UTF8:moon@example
RID.1 = 1.2.3.4
[moon_name]
C = CH
CN = the moon
[sun]
basicConstraints = CA:false
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
keyUsage = digitalSignature
subjectAltName = DNS:sun.example
[no_signing]
basicConstraints = CA:false
keyUsage = keyEncipherment
[code_signing]
basicConstraints = CA:false
extendedKeyUsage = codeSigning
[critical]
basicConstraints = CA:false
1.2.3.4.5 = critical, DER:0500
[no_subject]
basicConstraints = CA:false
subjectAltName = critical, DNS:no-subject.example
END
}

version_1() {
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out version-1.key
    openssl req -new -config <(config version-1) -key version-1.key -subj "/CN=version 1" -out version-1.csr
    openssl x509 -req -in version-1.csr -CA root.pem -CAkey root.key -set_serial 7 -days 7000 \
        -outform DER -out version-1.der 2>/dev/null
}

# A subject with strings of several kinds, two attributes in one set.
strings() {
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out strings.key
    cat >strings.cnf <<'END'
[req]
distinguished_name = dn
prompt = no
string_mask = MASK:0x800
utf8 = yes
[dn]
0.O = Zürich, Inc.
CN = sträng
+serialNumber = 42
END
    openssl req -new -x509 -config strings.cnf -key strings.key -days 7000 -outform DER -out strings.der
}

# AUTHORITY CERTIFICATE REASON
revoke() {
    openssl ca -config <(config "$1") -revoke "$2.pem" -crl_reason "$3" 2>/dev/null
}

# AUTHORITY FILE, then options of `openssl ca -gencrl`
crl() {
    local authority=$1 name=$2
    shift 2
    openssl ca -gencrl -config <(config "$authority") "$@" -out "$name-crl.pem" 2>/dev/null
    openssl crl -in "$name-crl.pem" -outform DER -out "$name.crl"
}

# An authority that calls itself root and is not, what it signed, its list.
same_name_other_key() {
    mkdir other
    mv root.pem root.der root.key root.db other/
    authority root "/C=CH/O=ipsec-core/CN=root" "$rsa" root authority
    mv root.der other-root.der
    mv root.pem other-root.pem
    cp other-root.pem root.pem
    leaf forged root "/CN=forged" "$p256" no_signing
    crl root other-root -crldays 7000
    mv other/root.pem other/root.der .
}

main
