"""How a release is cited: by what it holds in its files, and by its number too where people read it."""

from __future__ import annotations

from gazeapp.exports.models import Release

NAME = "MedGaze Reading Room research data"
AUTHOR = "MedGaze Reading Room"


def content_version(digest: str) -> str:
    """The version that the files say: it follows from question and data, so that the same ones are the same bytes."""
    return digest[:12]


def citation(version: str) -> str:
    """A sentence for the files, without a date: two makings of the same data are the same."""
    return f"{AUTHOR}: {NAME}, version {version} [data set]."


def cff(version: str) -> str:
    """Citation File Format 1.2.0."""
    return (
        "cff-version: 1.2.0\n"
        "message: If you use these data, cite them as below.\n"
        "type: dataset\n"
        f'title: "{NAME}"\n'
        f'version: "{version}"\n'
        "authors:\n"
        f'  - name: "{AUTHOR}"\n'
    )


def of(release: Release) -> dict[str, str]:
    """{citation, bibtex, cff} of a ready release; blank before."""
    if release.made_at is None:
        return {"citation": "", "bibtex": "", "cff": ""}
    year, version = release.made_at.year, content_version(release.digest)
    note = f"Release {release.number}, version {version}, sha256 {release.sha256}"
    bibtex = (
        f"@misc{{medgaze_release_{release.number},\n"
        f"  author = {{{{{AUTHOR}}}}},\n"
        f"  title = {{{{{NAME}}}}},\n"
        f"  year = {{{year}}},\n"
        f"  note = {{{note}}}\n"
        "}\n"
    )
    text = (
        f"{AUTHOR} ({year}): {NAME}, release {release.number}, version {version} [data set]. sha256 {release.sha256}."
    )
    return {"citation": text, "bibtex": bibtex, "cff": cff(version) + f'date-released: "{release.made_at:%Y-%m-%d}"\n'}
