"""A catalogue's directory: an SQLite database that says what there is, and postings files that hold the landmarks.

The database is the truth. A change writes new postings files to the disk first and then, in one transaction, the rows that name them; a
process that dies before it leaves files that nobody names, which the next writer removes, and one that dies after it has lost nothing.
Old files are deleted after the transaction that forgets them; who has them open reads on, who comes too late looks at the database again.

SQLite keeps a rollback journal (``synchronous=EXTRA``: its deletion, which is the commit, is on the disk, too), not a write-ahead log: the
database holds a few rows per recording, so a writer keeps readers out for the milliseconds of a commit only, and in exchange
catalogues work where a log's shared memory does not: in directories that may only be read, and on network drives.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

from auricle.atomic import SUFFIX as PART
from auricle.atomic import as_output_error
from auricle.errors import CatalogueError, CatalogueLocked, CorruptCatalogue, OutputError, UnreadableInput
from auricle.identification.lock import WAIT_S, writing
from auricle.identification.postings import MEND, PostingsFile

__all__ = ["LANDMARKS", "Store"]

LANDMARKS = "2"  # of the landmarks' parameters: another number is another index
FORMAT = "2"  # of the tables and files
_DATABASE, _LOCK, _SUFFIX = "catalogue.sqlite", "writer.lock", ".postings"
_BUSY_S = 10.0  # for readers that read the rows of a large catalogue
_SCHEMA = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE recordings (
    number INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: old postings have it still
    id TEXT NOT NULL UNIQUE, duration REAL NOT NULL, added REAL NOT NULL, metadata TEXT NOT NULL, landmarks INTEGER NOT NULL,
    checksum INTEGER NOT NULL, file TEXT NOT NULL REFERENCES files);
CREATE INDEX recordings_by_file ON recordings (file);
CREATE TABLE chromaprints (number INTEGER PRIMARY KEY REFERENCES recordings ON DELETE CASCADE, words BLOB NOT NULL);
CREATE TABLE files (name TEXT PRIMARY KEY, postings INTEGER NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL) WITHOUT ROWID;
"""


class Store:
    """The database of one directory and the names of its files; for any number of threads, but not for a forked process.

    Args:
        directory: where it is.
        create: make what is not there.
        readonly: refuse to change anything.
        wait: how long to wait for another writer. Seconds.

    Raises:
        CatalogueError: there is no catalogue, or one that another version made, or a file where its directory should be.
        CorruptCatalogue: the database is damaged.
        OutputError: the directory could not be made.
    """

    def __init__(self, directory: Path, *, create: bool, readonly: bool, wait: float = WAIT_S) -> None:
        self.directory, self._readonly, self._wait = directory, readonly, wait
        self._mutex, self._closed = threading.RLock(), False
        path = directory / _DATABASE
        if directory.is_file():
            raise CatalogueError(f"{directory} is a file; a catalogue is a directory.")
        if create and not readonly and not path.exists():
            self._create(path)
        if not path.is_file():
            raise CatalogueError(f"there is no catalogue in {directory}; add a recording to make one.")
        if not path.stat().st_size:  # SQLite would take it for a database without tables
            raise CorruptCatalogue(f"{path} is empty; restore it from a copy, or delete it to begin a new catalogue.")
        with self._translated():
            # Also to read: what a killed writer has left in its journal can only be rolled back with the right to write.
            self._connection = _connected(path, "rw" if os.access(path, os.W_OK) else "ro")
        try:
            self._check_version()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the database back."""
        with self._mutex:
            self._closed = True
            self._connection.close()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A look at the database as it is at one moment."""
        with self._mutex, self._translated():
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._connection.rollback()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """The right to change the catalogue, which one at a time has; readers are not kept out.

        Raises:
            CatalogueError: it is open for reading only.
            CatalogueLocked: somebody else has the right, and kept it.
        """
        if self._readonly:
            raise CatalogueError("the catalogue is open for reading only; open it without readonly to change it.")
        with writing(self.directory / _LOCK, self._wait):
            try:
                yield
            finally:
                with contextlib.suppress(OSError, CatalogueError):  # what cannot be removed now the next one removes
                    self._sweep()

    @contextlib.contextmanager
    def committing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: when the block ends well it is on the disk, otherwise nothing has happened. Only within `writing`."""
        with self._mutex, self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("UPDATE about SET value = value + 1 WHERE key = 'generation'")
                self._connection.commit()
            except BaseException:
                self._connection.rollback()
                raise

    def generation(self) -> int:
        """How many changes there have been. One that was read before something else of the database may be older than that, never newer."""
        with self.reading() as database:
            value = database.execute("SELECT value FROM about WHERE key = 'generation'").fetchone()
        if value is None or not str(value[0]).isdecimal():
            raise CorruptCatalogue(f"the catalogue in {self.directory} is damaged (its generation is gone); restore it from a copy.")
        return int(value[0])

    def new_file(self) -> Path:
        """A path for a postings file."""
        return self.directory / f"{uuid.uuid4().hex}{_SUFFIX}"

    def path(self, name: str) -> Path:
        """Of a postings file."""
        return self.directory / name

    def postings_file(self, name: str) -> PostingsFile:
        """A postings file that the database names.

        Raises:
            CorruptCatalogue: it is not there, or damaged.
        """
        try:
            return PostingsFile(self.path(name))
        except FileNotFoundError as error:
            raise CorruptCatalogue(f"{name} is missing in {self.directory}; restore it from a copy, or {MEND}.") from error
        except OSError as error:
            raise UnreadableInput(name, error) from error

    def discard(self, names: Iterable[str]) -> None:
        """Delete files that the database names no longer; where a reader keeps that from happening, the next writer does it."""
        for name in names:
            with contextlib.suppress(OSError):
                self.path(name).unlink()

    def vacuum(self) -> None:
        """Give the database's free pages back to the disk."""
        with self._mutex, self._translated():
            self._connection.execute("VACUUM")

    def keep(self) -> None:
        """The names of new files are on the disk when this returns: before a transaction that counts on them."""
        if os.name == "posix":  # elsewhere a directory cannot be opened, and a file's name is written with it
            with as_output_error(str(self.directory)):
                directory = os.open(self.directory, os.O_RDONLY)
                try:
                    os.fsync(directory)
                finally:
                    os.close(directory)

    def _sweep(self) -> None:
        """Remove what no transaction names: leftovers of killed processes, or of what did not fit on the disk. Only within `writing`."""
        with self.reading() as database:
            named = {name for (name,) in database.execute("SELECT name FROM files")}
        there = [path.name for path in self.directory.iterdir()]
        unfinished = [name for name in there if name.startswith(".") and name.endswith(PART)]
        self.discard([*unfinished, *(name for name in there if name.endswith(_SUFFIX) and name not in named)])

    def _create(self, path: Path) -> None:
        """Make the database; of several who want to, one does."""
        with as_output_error(str(self.directory)):
            self.directory.mkdir(parents=True, exist_ok=True)
        with writing(self.directory / _LOCK, self._wait), self._translated():
            if path.exists():
                return
            temporary = path.with_name(f".{uuid.uuid4().hex}{PART}")
            with contextlib.closing(_connected(temporary, "rwc")) as database:
                about = {"format": FORMAT, "landmarks": LANDMARKS, "generation": "0"}
                rows = "".join(f"INSERT INTO about VALUES ('{key}', '{value}');" for key, value in about.items())  # noqa: S608 our own words
                database.executescript(f"BEGIN; {_SCHEMA} {rows} COMMIT;")
            with as_output_error(str(path)):
                temporary.replace(path)
            self.keep()

    def _check_version(self) -> None:
        with self.reading() as database:
            about = dict(database.execute("SELECT key, value FROM about"))
        if (about.get("format"), about.get("landmarks")) != (FORMAT, LANDMARKS):
            raise CatalogueError(
                f"the catalogue in {self.directory} was made by another version of auricle (format {about.get('format')}, landmarks "
                f"{about.get('landmarks')}; this one has {FORMAT} and {LANDMARKS}); add its recordings to a new catalogue."
            )

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """SQLite's errors in the block become ours."""
        if self._closed:
            raise CatalogueError(f"the catalogue in {self.directory} is closed; open it again to go on.")
        try:
            yield
        except sqlite3.OperationalError as error:
            code = error.sqlite_errorcode & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise CatalogueLocked(f"the catalogue in {self.directory} is being written to; try again in a moment.") from error
            if code in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_IOERR):
                raise CorruptCatalogue(f"the catalogue in {self.directory} cannot be read ({error}); restore it from a copy.") from error
            raise OutputError(str(self.directory), OSError(0, str(error))) from error
        except sqlite3.DatabaseError as error:
            raise CorruptCatalogue(f"the catalogue in {self.directory} is damaged ({error}); restore it from a copy.") from error


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    """Transactions are ours to begin and end; `Store` sees to it that one thread at a time uses it."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    connection.text_factory = lambda content: content.decode("utf-8", "replace")  # damage is for the rows' checksums to tell
    connection.executescript("PRAGMA foreign_keys = ON; PRAGMA synchronous = EXTRA;")
    return connection
