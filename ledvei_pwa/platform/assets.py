"""What the browser gets: one static tree under a versioned address, compressed once and kept for ever.

The address holds a hash of all static files, templates and translations, so a change of any of them is a new
address (`/static/<build>/…`) and no browser ever mixes two versions of the app.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from wsgiref.headers import Headers

import brotli
from flask import Flask, Response, current_app, request
from whitenoise import WhiteNoise

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

AddHeaders = Callable[[Headers, str, str], None]

PACKAGE: Final = Path(__file__).resolve().parent.parent
STATIC: Final = PACKAGE / "static"
FOR_EVER: Final = f"public, max-age={WhiteNoise.FOREVER}, immutable"
BUILDS_KEPT: Final = 3  # pages that are open across an update still find their files
COMPRESSIBLE: Final = {".css", ".html", ".js", ".json", ".svg", ".txt", ".webmanifest"}
SMALLEST_COMPRESSED: Final = 512  # bytes; below this the headers weigh more than what is saved
# Only answers that mix no secret with what a stranger can put in (breachattack.com): the data-free shells,
# the worker, the JSON that a page on another site can neither ask for nor measure, and the pages of whoever
# is not in yet: their only secret is a token that is masked.
COMPRESSED_PATHS: Final = ("/nb/", "/nn/", "/sw.js", "/manifest.webmanifest", "/api/v1/sync", "/sign-in")


def find_folder(name: str) -> Path:
    """A folder that stands beside the package in the source tree and inside it in a wheel."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def files_below(folder: Path) -> Iterator[Path]:
    """All files, sorted, without what editors and compilers leave behind."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(".") and "__pycache__" not in path.parts:
            yield path


@lru_cache(maxsize=1)
def content_hash() -> str:
    """12 hex digits over static files, templates, guides and catalogues; read once for each process."""
    digest = hashlib.sha256()
    for folder in (STATIC, PACKAGE / "templates", PACKAGE / "content", find_folder("translations")):
        for path in files_below(folder):
            if path.suffix in {".mo", ".pot"}:  # made from the .po beside them
                continue
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def asset_url(path: str) -> str:
    """The address of one static file in this version of the app, e.g. `/static/3f…/css/base.css`."""
    build = current_app.extensions["ledvei"].settings.build
    return f"/static/{build}/{path}"


def published_folder(instance: Path, build: str) -> Path:
    return instance / "static" / build


def publish(instance: Path, build: str, source: Path = STATIC) -> Path:
    """Copy the static tree into the instance folder with compressed twins. Safe in many processes at once."""
    target = published_folder(instance, build)
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".making-", dir=target.parent))
    for path in files_below(source):
        if path.name.endswith(".d.ts"):  # for editors and the type checker
            continue
        copy = unfinished / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        compress_file(copy)
    unfinished.chmod(0o755)
    try:
        unfinished.rename(target)
    except OSError:  # another process was first
        shutil.rmtree(unfinished)
    forget_old_builds(target)
    return target


def compress_file(path: Path) -> None:
    """Write `.br` and `.gz` beside a text file."""
    content = path.read_bytes()
    if path.suffix not in COMPRESSIBLE or len(content) < SMALLEST_COMPRESSED:
        return
    path.with_name(path.name + ".br").write_bytes(brotli.compress(content, quality=11))
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(content, 9, mtime=0))


def forget_old_builds(newest: Path) -> None:
    builds = [folder for folder in newest.parent.iterdir() if folder.is_dir() and folder != newest]
    finished = [folder for folder in builds if not folder.name.startswith(".")]
    finished.sort(key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in finished[BUILDS_KEPT - 1 :]:
        shutil.rmtree(folder, ignore_errors=True)


def init_app(app: Flask, add_headers: AddHeaders) -> None:
    """Serve `/static/<build>/…` in front of Flask, and compress the answers that may be compressed."""
    house = app.extensions["ledvei"]
    served = WhiteNoise(
        app.wsgi_app,
        max_age=WhiteNoise.FOREVER,
        allow_all_origins=False,  # WhiteNoise says "*" unless told; nobody else needs our files
        immutable_file_test=lambda _path, _url: True,
        add_headers_function=add_headers,
    )
    for build, folder in served_builds(house.settings.instance_path, house.settings.build):
        served.add_files(str(folder), prefix=f"static/{build}/")
    app.wsgi_app = _with_headers(served, add_headers)  # type: ignore[method-assign, assignment]
    app.jinja_env.globals["asset_url"] = asset_url
    app.after_request(compress_answer)


def _with_headers(
    files: WSGIApplication, add_headers: Callable[[Headers, str, str], None]
) -> WSGIApplication:
    """WhiteNoise adds none to what it refuses, nor to "not changed"."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            told = Headers(list(headers))  # WhiteNoise answers with the same list again
            if "X-Content-Type-Options" not in told:
                add_headers(told, environ["PATH_INFO"], "")
            return start_response(status, told.items(), *more)

        return files(environ, start)

    return answer


def served_builds(instance: Path, build: str) -> Iterator[tuple[str, Path]]:
    """Older published builds, then this one: from the instance folder, or as it stands while developing."""
    published = instance / "static"
    for folder in sorted(published.glob("[0-9a-f]*")) if published.is_dir() else ():
        if folder.is_dir() and folder.name != build:
            yield folder.name, folder
    this = published_folder(instance, build)
    if this.is_dir():
        yield build, this
    elif STATIC.is_dir():
        yield build, STATIC


def compress_answer(response: Response) -> Response:
    """Brotli or gzip for the few answers named above."""
    if not request.path.startswith(COMPRESSED_PATHS) or response.is_streamed or response.content_encoding:
        return response
    response.vary.add("Accept-Encoding")
    content = response.get_data()
    encoding = request.accept_encodings.best_match(["br", "gzip"])
    if encoding is None or len(content) < SMALLEST_COMPRESSED:
        return response
    smaller = brotli.compress(content, quality=5) if encoding == "br" else gzip.compress(content, 6, mtime=0)
    response.set_data(smaller)
    response.content_encoding = encoding
    return response
