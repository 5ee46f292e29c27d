"""What was computed for a film or a report and may be wanted again, kept within a bound of memory."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Value = TypeVar("Value")


class TensorCache:
    """The values asked for last, by key, of at most ``max_bytes`` of tensors together; 0 keeps nothing. Threads may
    share it.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self._values: OrderedDict[str, tuple[Any, int]] = OrderedDict()
        self._lock = Lock()  # film and report are read at the same time

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Callable[[], str], make: Callable[[], Value]) -> Value:
        """The value kept under ``key()``, else ``make()``, kept where it fits. Without room no key is computed."""
        if self.max_bytes <= 0:
            return make()
        name = key()
        with self._lock:
            if name in self._values:
                self._values.move_to_end(name)
                return cast(Value, self._values[name][0])
        value = make()
        size = tensor_bytes(value)
        if size <= self.max_bytes:
            with self._lock:
                _, replaced = self._values.pop(name, (None, 0))
                self._values[name] = (value, size)
                self.bytes += size - replaced
                while self.bytes > self.max_bytes:
                    _, (_, freed) = self._values.popitem(last=False)
                    self.bytes -= freed
        return value

    def clear(self) -> None:
        """Drop everything: the weights have changed."""
        with self._lock:
            self._values.clear()
            self.bytes = 0


def tensor_bytes(value: Any) -> int:
    """Memory of the tensors in a value: a tensor, or tuples, lists and dataclasses of them."""
    if isinstance(value, Tensor):
        return value.nbytes
    if isinstance(value, tuple | list):
        return sum(tensor_bytes(one) for one in value)
    if dataclasses.is_dataclass(value):
        return sum(tensor_bytes(getattr(value, field.name)) for field in dataclasses.fields(value))
    return 0


def film_sha256(film: NDArray[Any]) -> str:
    """Digest of an array's pixels, shape and type."""
    digest = hashlib.sha256(f"{film.dtype.str} {film.shape} ".encode())
    digest.update(np.ascontiguousarray(film).data)
    return digest.hexdigest()


def report_sha256(report: str) -> str:
    return hashlib.sha256(report.encode()).hexdigest()
