"""Pages and feed by TLS: the certificate that ``hawker up --certificate`` names."""

from __future__ import annotations

import ssl
from pathlib import Path

import attrs

from runtime.errors import ConfigError


@attrs.frozen(kw_only=True)
class Tls:
    """What the listeners need; ``names`` are those that browsers may call the console by."""

    context: ssl.SSLContext
    names: tuple[str, ...] = ()


def tls_of(certificate: Path, key: Path, names: tuple[str, ...] = ()) -> Tls:
    """From a certificate chain and its key, PEM files; raises ConfigError for files that are none."""
    for option, path in (("--certificate", certificate), ("--key", key)):
        if not path.is_file():
            raise ConfigError(f"{option} {path}: must be a file")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key, password=_none)
    except (ssl.SSLError, OSError, ValueError) as error:
        why = getattr(error, "reason", None) or error
        raise ConfigError(f"--certificate {certificate}: must be PEM and fit --key {key}: {why}") from None
    return Tls(context=context, names=names)


def _none() -> str:
    """Asked for by a key under a password: nobody is there to type it."""
    raise ValueError("the key must be without a password")
