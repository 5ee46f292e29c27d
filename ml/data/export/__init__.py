"""This app's research export: its layout (``layout``), writing and reading it. Nothing here imports torch."""

from ml.data.export.elsewhere import Films, Reports
from ml.data.export.layout import INDEX, NAME, VERSION, Column, Table, escaped, is_export, sha256, unescaped, verify
from ml.data.export.reading import read_export
from ml.data.export.writing import About, write_export

__all__ = [
    "INDEX",
    "NAME",
    "VERSION",
    "About",
    "Column",
    "Films",
    "Reports",
    "Table",
    "escaped",
    "is_export",
    "read_export",
    "sha256",
    "unescaped",
    "verify",
    "write_export",
]
