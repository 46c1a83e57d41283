"""A save is all or nothing, whatever fails, and whoever reads meanwhile."""

import errno
import os
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import densevec
from densevec.errors import CorpusFileError, FileError
from densevec.formats import atomic, read_container, verify_container, write_container
from densevec.formats.atomic import write_atomically, write_together
from densevec.formats.output import write_file

STEPS = ["open", "write", "fsync", "replace", "chmod", "statvfs"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(next(iter(densevec.__path__))).parent)}


def leftovers(folder):
    return sorted(path.name for path in folder.glob("*.tmp-*"))


def write(path, value, rows=3):
    write_container(path, {"mean": np.full((rows, 4), value, dtype=np.float32)}, [f"w{row}" for row in range(rows)])


class Failing:
    """Replaces a function of ``os``: the n-th call raises, the others pass; None never raises and counts."""

    def __init__(self, monkeypatch, name, number, error):
        self.calls, self.number, self.error, self.function = 0, number, error, getattr(os, name)
        monkeypatch.setattr(atomic.os, name, self)

    def __call__(self, *arguments, **keywords):
        self.calls += 1
        if self.calls == self.number:
            raise self.error
        return self.function(*arguments, **keywords)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES])
def test_fault_25_every_step_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, step, code):
    path = tmp_path / "file"
    write(path, 1)
    old = path.read_bytes()
    number = 0
    while True:
        number += 1
        with monkeypatch.context() as patch:
            failing = Failing(patch, step, number, OSError(code, os.strerror(code)))
            try:
                write(path, 2)
            except FileError as error:
                assert str(path) in str(error)
                assert "bytes are needed" in str(error)
                assert os.strerror(code) in str(error)
                assert error.errno == code
            else:
                assert failing.calls < number
                break
        assert leftovers(tmp_path) == []
        if path.read_bytes() != old:  # only syncing the directory comes after the rename
            assert step in ("fsync", "open")
            assert verify_container(path).tensors["mean"][0, 0] == 2
            write(path, 1)
    assert number > 1
    assert verify_container(path).tensors["mean"][0, 0] == 2


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, MemoryError])
def test_fault_25_an_interruption_leaves_nothing(tmp_path, monkeypatch, interruption):
    write(tmp_path / "file", 1)
    with monkeypatch.context() as patch:
        Failing(patch, "write", 2, interruption())
        with pytest.raises(interruption):
            write(tmp_path / "file", 2)
    assert leftovers(tmp_path) == []
    assert verify_container(tmp_path / "file").tensors["mean"][0, 0] == 1


def test_fault_25_too_little_space_is_known_before_the_first_byte(tmp_path, monkeypatch):
    def reached(*unused):
        raise AssertionError("written")

    monkeypatch.setattr(atomic.os, "write", reached)
    with pytest.raises(FileError, match=r"\(1(,000){6} bytes are needed\): only .* bytes are free") as caught:
        write_atomically(tmp_path / "file", [b""], 10**18)
    assert caught.value.errno == errno.ENOSPC
    assert not list(tmp_path.iterdir())


def test_fault_25_a_limit_on_the_file_size(tmp_path):
    """The system's own limit, in a process of its own."""
    write(tmp_path / "file", 1)
    code = """
import resource, sys, numpy as np
from densevec.errors import CorpusFileError, FileError
from densevec.formats import write_container
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    write_container(sys.argv[1], {"mean": np.ones((10_000, 4), dtype=np.float32)})
except FileError as error:
    print(error)
"""
    command = [sys.executable, "-c", code, str(tmp_path / "file")]
    result = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=True)
    assert "File too large" in result.stdout
    assert leftovers(tmp_path) == []
    assert verify_container(tmp_path / "file").tensors["mean"][0, 0] == 1


def test_fault_25_a_folder_that_is_missing_or_not_one(tmp_path):
    (tmp_path / "plain").write_text("x")
    for path in (tmp_path / "no" / "file", tmp_path / "plain" / "file", tmp_path):
        with pytest.raises(FileError, match="cannot be written"):
            write(path, 1)


def test_fault_24_killed_at_any_call_the_path_is_old_or_new(tmp_path):
    """Children of one process that die, as by SIGKILL, at the n-th system call of a save."""
    write(tmp_path / "file", 1)
    code = """
import os, sys
import numpy as np
from densevec.formats import atomic, verify_container, write_container

class Killed:
    calls = 0
    def __init__(self, name):
        self.function = getattr(os, name)
    def __call__(self, *arguments, **keywords):
        Killed.calls += 1
        if Killed.calls == number:
            os._exit(9)
        return self.function(*arguments, **keywords)

path = sys.argv[1]
seen = []
for number in range(1, 60):
    child = os.fork()
    if child == 0:
        for name in ("open", "write", "fsync", "replace", "chmod", "close", "unlink"):
            setattr(atomic.os, name, Killed(name))
        write_container(path, {"mean": np.full((3, 4), number + 1, dtype=np.float32)})
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    value = int(verify_container(path).tensors["mean"][0, 0])
    assert value == number + 1 or value == (seen[-1][1] if seen else 1), (number, value)
    assert value == number + 1 or status == 9
    seen.append((status, value))
    if status == 0:
        break
print(number, sum(value != n + 1 for n, (_, value) in enumerate(seen, 1)))
"""
    command = [sys.executable, "-c", code, str(tmp_path / "file")]
    result = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    last, killed_before_the_rename = map(int, result.stdout.split())
    assert last > killed_before_the_rename >= 5
    write(tmp_path / "file", 99)
    assert leftovers(tmp_path) == []


def test_fault_24_leftovers_of_the_dead_are_cleaned_and_those_of_the_living_are_not(tmp_path):
    dead = f"file.tmp-{'0a' * 8}"
    notes = ["file.tmp-notes.md", "file.tmp-dead", f"{dead}.txt", "file.tmp-0A0A0A0A0A0A0A0A"]
    (tmp_path / dead).write_bytes(b"half")
    for name in notes:
        (tmp_path / name).write_bytes(b"a user's own")
    (tmp_path / "file2.tmp-other").write_bytes(b"another file's")
    (tmp_path / "file.tmp-folder").mkdir()
    seen = []

    def chunks():  # while this save is under way, another one runs from start to end
        seen.append(leftovers(tmp_path))
        write_atomically(tmp_path / "file", [b"inner"], 5)
        yield b"outer"

    write_atomically(tmp_path / "file", chunks(), 5)
    assert dead not in seen[0]
    assert (tmp_path / "file").read_bytes() == b"outer"
    assert leftovers(tmp_path) == sorted([*notes, "file.tmp-folder", "file2.tmp-other"])


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_a_private_file_is_never_open_to_others(tmp_path, monkeypatch, mode):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(mode)
    seen = []
    real_open, before = os.open, os.umask(0)

    def watched(name, flags, *rest, **named):
        descriptor = real_open(name, flags, *rest, **named)
        if flags & os.O_CREAT:
            seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return descriptor

    monkeypatch.setattr(os, "open", watched)
    try:
        write_atomically(path, [b"new"], 3)
    finally:
        os.umask(before)
    assert seen == [mode]
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", mode)


def test_fault_26_saving_over_the_file_that_is_mapped(tmp_path):
    path = tmp_path / "file"
    write(path, 1, rows=1000)
    container = read_container(path)
    write_container(path, {"mean": container.tensors["mean"] + 1}, container.words)
    np.testing.assert_array_equal(container.tensors["mean"], 1)
    assert container.words.find("w999") == 999
    again = verify_container(path)
    np.testing.assert_array_equal(again.tensors["mean"], 2)
    assert list(again.words) == list(container.words)


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_fault_27_the_mode_is_normal_or_that_of_the_file_replaced(tmp_path, umask):
    before = os.umask(umask)
    try:
        write(tmp_path / "new", 1)
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o666 & ~umask
        (tmp_path / "new").chmod(0o604)
        write(tmp_path / "new", 2)
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o604
    finally:
        os.umask(before)


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "folder").mkdir()
    write(tmp_path / "folder" / "real", 1)
    (tmp_path / "link").symlink_to("folder/real")
    (tmp_path / "dangling").symlink_to("folder/new")
    for name in ("link", "dangling"):
        write(tmp_path / name, 2)
        assert (tmp_path / name).is_symlink()
        assert verify_container(tmp_path / name).tensors["mean"][0, 0] == 2
    assert leftovers(tmp_path) == leftovers(tmp_path / "folder") == []


def test_partial_writes_are_continued(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr(atomic.os, "write", lambda descriptor, view: real(descriptor, view[:7]))
    write(tmp_path / "file", 1)
    assert verify_container(tmp_path / "file").tensors["mean"][0, 0] == 1


def test_fault_28_readers_always_see_one_generation(tmp_path):
    path = tmp_path / "file"
    write(path, 0, rows=2000)
    stop, faults = threading.Event(), []

    def read():
        while not stop.is_set():
            try:
                mean = verify_container(path).tensors["mean"]
                assert (mean == mean[0, 0]).all()
            except BaseException as error:
                faults.append(error)
                return

    def save(offset):
        try:
            for number in range(15):
                write(path, number + offset, rows=2000)
        except BaseException as error:
            faults.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    savers = [threading.Thread(target=save, args=(offset,)) for offset in (100, 200)]
    for thread in (*readers, *savers):
        thread.start()
    for thread in savers:
        thread.join(60)
    stop.set()
    for thread in readers:
        thread.join(60)
    assert faults == []
    assert leftovers(tmp_path) == []


def test_fault_28_processes_that_save_and_processes_that_read(tmp_path):
    """Savers and mapped readers in processes of their own: one generation at a time, and no SIGBUS."""
    path = tmp_path / "file"
    write(path, 0, rows=2000)
    saver = """
import sys, numpy as np
from densevec.formats import write_container
for number in range(12):
    value = np.full((2000, 4), number + int(sys.argv[2]), dtype=np.float32)
    write_container(sys.argv[1], {"mean": value}, [f"w{row}" for row in range(2000)])
"""
    reader = """
import sys
from densevec.vectors import KeyedVectors
from pathlib import Path
opened = []
while not Path(sys.argv[2]).exists():
    vectors = KeyedVectors.load(sys.argv[1], check=True)
    vectors.most_similar("w7", topn=3)
    opened = [*opened[-20:], (vectors, float(vectors.vectors[0, 0]))]
    for each, value in opened:  # those that were replaced are whole as well
        assert (each.vectors == value).all()
print(len(opened))
"""
    done = tmp_path / "done"

    def start(code, *arguments):
        command = [sys.executable, "-c", code, str(path), *map(str, arguments)]
        return subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    readers = [start(reader, done) for _ in range(3)]
    savers = [start(saver, offset) for offset in (100, 200)]
    results = [(process, *process.communicate(timeout=120)) for process in savers]
    done.touch()
    results += [(process, *process.communicate(timeout=120)) for process in readers]
    assert [(process.returncode, error[-500:]) for process, _, error in results] == [(0, "")] * 5
    assert leftovers(tmp_path) == []


def test_files_that_belong_together_come_into_their_places_together(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    write_together([(first, [b"a", b"b"], 2), (second, [b"c"], None)])
    assert (first.read_bytes(), second.read_bytes()) == (b"ab", b"c")

    def damaged():
        yield b"new"
        raise CorpusFileError("the text is gone")

    for files in (
        [(first, [b"new"], None), (second, damaged(), None)],
        [(first, [b"new"], None), (tmp_path / "no" / "file", [b"new"], None)],
        [(first, [b"new"], None), (second, [b"new"], 10**18)],
    ):
        with pytest.raises((FileError, CorpusFileError), match=r"the text is gone$|no/file|second"):
            write_together(files)
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"first": b"ab", "second": b"c"}


def test_pipes_and_devices_are_given_what_is_written(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with ThreadPoolExecutor(1) as reader:
        read = reader.submit(fifo.read_bytes)
        write_atomically(fifo, [b"a" * 10**5, b"b"], None)
        assert read.result(timeout=20) == b"a" * 10**5 + b"b"
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    end, begin = os.pipe()
    write_file(f"/dev/fd/{begin}", [b"kiwi"], 10**18, append=True)  # which has no place that could be too small
    os.close(begin)
    with os.fdopen(end, "rb") as stream:
        assert stream.read() == b"kiwi"
    with open(tmp_path / "log", "wb", buffering=0) as log:  # as that of a shell, for several commands
        log.write(b"before, ")
        write_atomically(f"/dev/fd/{log.fileno()}", [b"kiwi"], 4)
        log.write(b", after")
    assert (tmp_path / "log").read_bytes() == b"before, kiwi, after"
    with pytest.raises(FileError, match="/dev/fd/999999 cannot be written"):
        write_atomically("/dev/fd/999999", [b"kiwi"], 4)
    write_atomically("/dev/null", [b"kiwi"], 4)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    if os.path.exists("/dev/full"):  # on Linux
        with pytest.raises(FileError, match="/dev/full cannot be written"):
            write_atomically("/dev/full", [b"kiwi"], 4)
    assert [path.name for path in tmp_path.iterdir() if path.name != "log"] == ["fifo"]
