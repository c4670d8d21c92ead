"""A Sigstore instance on loopback, for tests of the real client: a certificate authority, its log, an entry log.

A script for the Python that the client is installed in: `python sigstore_instance.py TRUST_CONFIG`. It writes the
client's trust configuration, then serves until its standard input ends. Nothing outside trusts it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

START = "2020-01-01T00:00:00Z"
ISSUER = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
ORIGIN = "loopback - 1"


class Key:
    """A signing key; `id` is the SHA-256 of its public half (RFC 6962)."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        public = self.private.public_key()
        self.der = public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.id = hashlib.sha256(self.der).digest()

    def sign(self, content: bytes) -> bytes:
        """An ECDSA signature over SHA-256."""
        return self.private.sign(content, ec.ECDSA(hashes.SHA256()))

    def described(self, url: str) -> dict:
        """The log of this key as a trusted root names it."""
        key = {
            "rawBytes": b64(self.der),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": {"start": START},
        }
        return {
            "baseUrl": url,
            "hashAlgorithm": "SHA2_256",
            "publicKey": key,
            "logId": {"keyId": b64(self.id)},
        }


def b64(content: bytes) -> str:
    """Base64 as JSON carries it."""
    return base64.b64encode(content).decode()


class Instance:
    """What the two services do."""

    def __init__(self) -> None:
        self.ca, self.certificates, self.entries = Key(), Key(), Key()
        self.count = 0
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback authority")])
        now = datetime.now(UTC)
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        public = self.ca.private.public_key()
        self.root = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self.ca.private, hashes.SHA256())
        )

    def certificate(self, asked: dict, token: str) -> dict:
        """Fulcio's answer: a certificate for the token's identity with the log's promise inside."""
        claims = token.split(".")[1]
        told = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        request = x509.load_pem_x509_csr(base64.b64decode(asked["certificateSigningRequest"]))
        now = datetime.now(UTC).replace(microsecond=0)
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=False,
            crl_sign=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.root.subject)
            .public_key(request.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + timedelta(minutes=10))
            .add_extension(usage, critical=True)
            .add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(request.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.ca.private.public_key()),
                critical=False,
            )
            .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(told["sub"])]), critical=True)
            .add_extension(x509.UnrecognizedExtension(ISSUER, told["iss"].encode()), critical=False)
        )
        plain = builder.sign(self.ca.private, hashes.SHA256())
        promised = builder.add_extension(
            x509.UnrecognizedExtension(SCT_LIST, self.promise(plain.tbs_certificate_bytes, now)),
            critical=False,
        ).sign(self.ca.private, hashes.SHA256())
        chain = [c.public_bytes(serialization.Encoding.PEM).decode() for c in (promised, self.root)]
        return {"signedCertificateEmbeddedSct": {"chain": {"certificates": chain}}}

    def promise(self, tbs: bytes, moment: datetime) -> bytes:
        """The extension with one signed certificate timestamp (RFC 6962, 3.2 and 3.3)."""
        stamp = int(moment.timestamp() * 1000)
        signed = (
            struct.pack("!BBQH", 0, 0, stamp, 1) + self.ca.id + len(tbs).to_bytes(3, "big") + tbs + b"\0\0"
        )
        signature = self.certificates.sign(signed)
        sct = b"\0" + self.certificates.id + struct.pack("!QHBBH", stamp, 0, 4, 3, len(signature)) + signature
        listed = struct.pack("!HH", len(sct) + 2, len(sct)) + sct
        return (
            b"\x04" + bytes([len(listed)]) if len(listed) < 128 else b"\x04\x81" + bytes([len(listed)])
        ) + listed

    def entry(self, asked: dict) -> dict:
        """Rekor's answer: the only entry of a tree of size one."""
        body = json.dumps(asked, sort_keys=True, separators=(",", ":")).encode()
        self.count += 1
        told = {
            "body": b64(body),
            "integratedTime": int(datetime.now(UTC).timestamp()),
            "logID": self.entries.id.hex(),
            "logIndex": self.count,
        }
        root = hashlib.sha256(b"\0" + body).digest()
        note = f"{ORIGIN}\n1\n{b64(root)}\n"
        signature = b64(self.entries.id[:4] + self.entries.sign(note.encode()))
        proof = {
            "logIndex": 0,
            "rootHash": root.hex(),
            "treeSize": 1,
            "hashes": [],
            "checkpoint": f"{note}\n— loopback {signature}\n",
        }
        promise = self.entries.sign(json.dumps(told, sort_keys=True, separators=(",", ":")).encode())
        verification = {"inclusionProof": proof, "signedEntryTimestamp": b64(promise)}
        return {"0" * 64: {**told, "verification": verification}}

    def trust(self, url: str) -> dict:
        """The client's trust configuration."""
        root = b64(self.root.public_bytes(serialization.Encoding.DER))
        service = {"url": url, "majorApiVersion": 1, "validFor": {"start": START}, "operator": "loopback"}
        return {
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": {
                "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                "tlogs": [self.entries.described(url)],
                "ctlogs": [self.certificates.described(url)],
                "certificateAuthorities": [
                    {
                        "subject": {"organization": "loopback", "commonName": "loopback authority"},
                        "uri": url,
                        "certChain": {"certificates": [{"rawBytes": root}]},
                        "validFor": {"start": START},
                    }
                ],
                "timestampAuthorities": [],
            },
            "signingConfig": {
                "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
                "caUrls": [service],
                "oidcUrls": [service],
                "rekorTlogUrls": [service],
                "rekorTlogConfig": {"selector": "ANY"},
                "tsaUrls": [],
                "tsaConfig": {"selector": "ALL"},
            },
        }


def main() -> None:
    """Serve."""
    instance = Instance()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path.endswith("/signingCert"):
                answer = instance.certificate(asked, self.headers["Authorization"])
            else:
                answer = instance.entry(asked)
            content = json.dumps(answer).encode()
            self.send_response(201)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with open(sys.argv[1], "w") as file:
        json.dump(instance.trust(f"http://127.0.0.1:{server.server_port}"), file)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
