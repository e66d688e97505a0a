"""An authority and one certificate for each end, made with openssl."""

from pathlib import Path

from lab import run

KINDS = {
    "RSA-2048": ["rsa:2048"],
    "RSA-4096": ["rsa:4096"],
    "ECDSA P-256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "ECDSA P-384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "ECDSA P-521": ["ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
    "Ed25519": ["ed25519"],
}


def make(room: Path, kind: str) -> None:
    """Writes ca.pem, and NAME.pem with NAME.key for both ends."""
    room.mkdir(parents=True)
    ca = [*KINDS["ECDSA P-256"], "-nodes", "-keyout", f"{room}/ca.key", "-out", f"{room}/ca.pem"]
    run("openssl", "req", "-x509", "-days", "30", "-subj", "/O=interop/CN=authority", "-newkey", *ca)
    for name in ("client.example", "peer.example"):
        key, request = f"{room}/{name}.key", f"{room}/{name}.csr"
        new = [*KINDS[kind], "-nodes", "-keyout", key, "-out", request]
        run("openssl", "req", "-new", "-subj", f"/O=interop/CN={name}", "-newkey", *new, timeout=120)
        extensions = room / f"{name}.ext"
        extensions.write_text(f"subjectAltName=DNS:{name}\n")
        signed = ["-CA", f"{room}/ca.pem", "-CAkey", f"{room}/ca.key", "-CAcreateserial"]
        run("openssl", "x509", "-req", "-days", "30", "-in", request, *signed,
            "-extfile", str(extensions), "-out", f"{room}/{name}.pem")
