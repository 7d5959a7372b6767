# SPDX-License-Identifier: BSD-3-Clause
"""Builds the extension module `numfmt._numfmt` and the C library that ships beside it.

setuptools reads the two command classes from `[tool.setuptools] cmdclass`; there is no setup.py.  cffi learns
the C interface from what the headers in c/include hold between `cdef-begin` and `cdef-end`, so they are the only
place that states it.  The sources in c/src are compiled once; the same objects become the extension,
libnumfmt.a and libnumfmt.so, so that a simulator linking the library computes what Python computes.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cffi import FFI
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext

# setuptools runs in the project's root and wants relative names.
INCLUDE = Path("c/include")
HEADERS = ("numfmt_status.h", "numfmt.h", "numfmt_integers.h", "numfmt_quantize.h")  # each needs those before it
C_FLAGS = [
    "-std=c11",
    "-O2",
    "-fvisibility=hidden",  # the header makes its own prototypes visible, and only those
    "-ffp-contract=off",
    "-fno-lto",  # libnumfmt.a is for any linker: machine code, not one compiler's intermediate form
]

# One binary for every CPython from 3.11 on; free-threaded CPython has no stable ABI that cffi can use.
LIMITED = not sysconfig.get_config_var("Py_GIL_DISABLED")
STABLE_ABI = "cp311"


def cdef() -> str:
    """The declarations that cffi parses: the marked parts of the public headers."""
    return "".join(marked(INCLUDE / name) for name in HEADERS)


def marked(header: Path) -> str:
    begin, end = "/* cdef-begin", "/* cdef-end */"
    text = header.read_text(encoding="utf-8")
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"{header}: expected one '{begin}' and then one '{end}'")
    return text[text.index(begin) : text.index(end)]


def c_sources() -> list[str]:
    return sorted(str(path) for path in Path("c/src").glob("*.c"))


def c_headers() -> list[str]:
    return sorted(str(path) for path in Path("c").rglob("*.h"))


def ffi_builder() -> FFI:
    builder = FFI()
    builder.cdef(cdef())
    builder.set_source(
        "numfmt._numfmt",
        '#include "numfmt.h"',
        include_dirs=[str(INCLUDE)],
        depends=c_sources() + c_headers(),  # c/src is linked in as objects, see build_extensions
        extra_compile_args=C_FLAGS,
        define_macros=[] if LIMITED else [("_CFFI_NO_LIMITED_API", None)],
        py_limited_api=LIMITED,
    )
    return builder


class BuildExt(build_ext):
    """Builds the extension, and libnumfmt with its headers into numfmt/lib and numfmt/include."""

    def finalize_options(self) -> None:
        # Replaces the placeholder in pyproject.toml, which is there to make the wheel a platform wheel.
        self.distribution.ext_modules = [ffi_builder().distutils_extension()]
        super().finalize_options()

    def build_extensions(self) -> None:
        Path(self.build_temp, "c/src").mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # two kernels take as long as all other files together
            objects = [made for some in pool.map(self.compiled, c_sources()) for made in some]
        *headers, static, shared = (Path(self.build_lib, name) for name in self.library_files())
        for path in (*headers, static, shared):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)  # `ar` would keep the members that an earlier build put there
        for header in headers:
            self.copy_file(str(INCLUDE / header.name), str(header))
        self.compiler.create_static_lib(objects, "numfmt", output_dir=str(static.parent))
        link_flags = [] if sys.platform == "darwin" else ["-Wl,-soname,libnumfmt.so", "-Wl,-z,relro"]
        self.compiler.link_shared_object(objects, str(shared), extra_postargs=link_flags, build_temp=self.build_temp)

        for extension in self.extensions:
            extension.extra_objects = objects
        super().build_extensions()

    def compiled(self, source: str) -> list[str]:
        """The object file of one source."""
        made: list[str] = self.compiler.compile(
            [source],
            output_dir=self.build_temp,
            include_dirs=[str(INCLUDE), "c/src"],
            extra_postargs=C_FLAGS,
            depends=c_headers(),
        )
        return made

    @staticmethod
    def library_files() -> list[str]:
        headers = [f"numfmt/include/{name}" for name in HEADERS]
        return [*headers, "numfmt/lib/libnumfmt.a", "numfmt/lib/libnumfmt.so"]

    def copy_extensions_to_source(self) -> None:
        super().copy_extensions_to_source()
        for built, in_place in self.library_mapping().items():
            Path(in_place).parent.mkdir(exist_ok=True)
            self.copy_file(built, in_place)

    def library_mapping(self) -> dict[str, str]:
        return {str(Path(self.build_lib, name)): name for name in self.library_files()}

    def get_output_mapping(self) -> dict[str, str]:
        return super().get_output_mapping() | (self.library_mapping() if self.inplace else {})

    def get_outputs(self) -> list[str]:
        return sorted(super().get_outputs() + ([] if self.inplace else list(self.library_mapping())))

    def get_source_files(self) -> list[str]:
        """What an sdist needs beside the Python package: enough to build, to test and to replay the vectors."""
        found = [path for top in ("c", "tests", "vectors") for path in Path(top).rglob("*")]
        return ["build_ext.py", *sorted(str(p) for p in found if p.is_file() and "__pycache__" not in p.parts)]


class BdistWheel(bdist_wheel):
    """Tags the wheel with the stable ABI, where the extension was built for it, and packs nothing stale."""

    def finalize_options(self) -> None:
        if LIMITED:
            self.py_limited_api = STABLE_ABI
        super().finalize_options()

    def run(self) -> None:
        # setuptools packs all of build/lib, also a module that an earlier build left there and that is gone now.
        shutil.rmtree(self.get_finalized_command("build").build_lib, ignore_errors=True)
        super().run()
