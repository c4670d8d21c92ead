"""The named classes of discrepancy, and what each alone justifies. Every difference has exactly one name."""

from __future__ import annotations

from pinkit.model.rebuild import Discrepancy, Weight

WEIGHTS: dict[str, Weight] = {
    # Explained: harmless in itself and the tool that makes it is known.
    "timestamp": Weight.EXPLAINED,  # zip or tar times of members
    "compression": Weight.EXPLAINED,  # equal content, other compressed bytes (another zlib)
    "order": Weight.EXPLAINED,  # the same members in another order
    "flags": Weight.EXPLAINED,  # UTF-8, data-descriptor and deflate-level flags
    "made-by": Weight.EXPLAINED,  # archiver's version or system
    "mode-umask": Weight.EXPLAINED,  # read and write bits of group and others
    "mode-type": Weight.EXPLAINED,  # the file-type bits are there in one only
    "owner": Weight.EXPLAINED,  # uid, gid and their names in a tar
    "gzip-header": Weight.EXPLAINED,  # name, system or level in the gzip header
    "tar-format": Weight.EXPLAINED,  # ustar, GNU or pax headers for the same members
    "directory-entry": Weight.EXPLAINED,  # an entry for a directory
    "record": Weight.EXPLAINED,  # RECORD follows other differences and is true on both sides
    "generator": Weight.EXPLAINED,  # only Generator in WHEEL
    "metadata-format": Weight.EXPLAINED,  # the same metadata, written differently
    "line-endings": Weight.EXPLAINED,  # CRLF against LF in Python sources and metadata
    "generated": Weight.EXPLAINED,  # a file that a backend writes into sdists
    "moved": Weight.EXPLAINED,  # the commit's file in another place of the sdist
    "metadata-file": Weight.EXPLAINED,  # an inert file of .dist-info (licence, top_level.txt) more or less
    # Unproved: machine code, which depends on compiler and machine.
    "native": Weight.UNPROVED,
    "wheel-tags-native": Weight.UNPROVED,
    # Fault: the source does not give this.
    "payload": Weight.FAULT,
    "missing": Weight.FAULT,
    "exec-bit": Weight.FAULT,
    "mode": Weight.FAULT,
    "header": Weight.FAULT,
    "script": Weight.FAULT,
    "pyc": Weight.FAULT,
    "metadata-meaning": Weight.FAULT,
    "metadata-text": Weight.FAULT,
    "wheel-meaning": Weight.FAULT,
    "rebuilt-oddity": Weight.FAULT,
    "invalid-time": Weight.FAULT,
    # Suspicion: somebody had to do this on purpose.
    "unsafe-source": Weight.SUSPICION,
    "malformed": Weight.SUSPICION,
    "prefix-bytes": Weight.SUSPICION,
    "trailing-bytes": Weight.SUSPICION,
    "hidden-bytes": Weight.SUSPICION,
    "overlap": Weight.SUSPICION,
    "archive-comment": Weight.SUSPICION,
    "member-comment": Weight.SUSPICION,
    "extra-field": Weight.SUSPICION,
    "header-mismatch": Weight.SUSPICION,
    "count-lie": Weight.SUSPICION,
    "zip64-record": Weight.SUSPICION,
    "split-archive": Weight.SUSPICION,
    "duplicate-name": Weight.SUSPICION,
    "case-collision": Weight.SUSPICION,
    "file-directory-clash": Weight.SUSPICION,
    "directory-with-data": Weight.SUSPICION,
    "unsafe-name": Weight.SUSPICION,
    "symlink": Weight.SUSPICION,
    "special-file": Weight.SUSPICION,
    "special-mode": Weight.SUSPICION,
    "encrypted": Weight.SUSPICION,
    "method": Weight.SUSPICION,
    "size-lie": Weight.SUSPICION,
    "content-lie": Weight.SUSPICION,
    "too-large": Weight.SUSPICION,
    "record-lie": Weight.SUSPICION,
    "no-record": Weight.SUSPICION,
    "signature": Weight.SUSPICION,
    "entry-points": Weight.SUSPICION,
    "pth": Weight.SUSPICION,
    "pyc-added": Weight.SUSPICION,
    "script-added": Weight.SUSPICION,
    "native-added": Weight.SUSPICION,
    "member-added": Weight.SUSPICION,
}


def discrepancy(kind: str, member: str, detail: str) -> Discrepancy:
    """A discrepancy of a class in `WEIGHTS`."""
    return Discrepancy(kind=kind, member=member, detail=detail, weight=WEIGHTS[kind])
