"""Questions about collect.sh, each in folders of its own. canary b7d1f0a2-54c8-4e35-9a41-6f2e8c07d913"""

from collections.abc import Mapping

from codestone.grading import Candidate, Finding, all_of, fail, ok

FALLBACK = b"text\n"


def _collected(
    candidate: Candidate,
    files: Mapping[str, bytes],
    *,
    extension: str = "txt",
    there: Mapping[str, bytes] | None = None,
    name: str = "",
) -> tuple[dict[str, bytes], int | None, bytes]:
    """Lay the files, run the script, and return what lies in TARGET, the exit code and standard output."""
    place = candidate.nonce()
    source, target = f"{name}in-{place}", f"{name}out-{place}"
    candidate.put(f"{source}/.keep", b"")
    for path, data in files.items():
        candidate.put(f"{source}/{path}", data)
    for path, data in (there or {}).items():
        candidate.put(f"{target}/{path}", data)
    ran = candidate.run("bash", "collect.sh", source, target, extension)
    listing = candidate.listing()
    found = {
        path.removeprefix(f"{target}/"): candidate.read(path) if entry.kind == "file" else entry.kind.encode()
        for path, entry in listing.items()
        if path.startswith(f"{target}/")
    }
    return found, ran.code, ran.stdout


def _copies(
    candidate: Candidate, files: Mapping[str, bytes], expected: Mapping[str, bytes], **more: object
) -> Finding:
    """Judge what lies in TARGET."""
    found, _, _ = _collected(candidate, files, **more)  # type: ignore[arg-type]
    if found == dict(expected):
        return ok(f"TARGET holds {sorted(found)}")
    return fail(f"from {sorted(files)} TARGET got {found}; expected {dict(expected)}")


def plain_names(candidate: Candidate) -> Finding:
    """Files at any depth are copied, hidden ones too, and no others."""
    files = {
        "a.txt": b"1",
        "b.md": b"2",
        "deep/er/c.txt": b"3",
        "deep/.d.txt": b"4",
        "atxt": b"5",
        "e.txt.bak": b"6",
    }
    return _copies(candidate, files, {"a.txt": b"1", "c.txt": b"3", ".d.txt": b"4"})


def count(candidate: Candidate) -> Finding:
    """The number of copies stands alone on standard output."""
    _, code, out = _collected(candidate, {"a.txt": b"1", "b.txt": b"2", "c.md": b"3"})
    said = f"exit code {code}, standard output {out!r}"
    return ok(said) if (code, out) == (0, b"2\n") else fail(f"{said}; expected 0 and b'2\\n'")


def spaces(candidate: Candidate) -> Finding:
    """Spaces and tabs in names are part of them, in those of SOURCE and TARGET too."""
    names = ["two words.txt", " at the start.txt", "a  b\tc.txt", "before the dot .txt"]
    files = {name: name.encode() for name in names}
    return all_of(_copies(candidate, files, files, name=name) for name in ("", "my files "))


def line_breaks(candidate: Candidate) -> Finding:
    """A line break in a name is part of it."""
    files = {"one\ntwo.txt": b"1", "\n.txt": b"2", "x\n\ny.txt": b"3"}
    return _copies(candidate, files, files)


def leading_hyphens(candidate: Candidate) -> Finding:
    """A name that begins with a hyphen is a name, of a file, of SOURCE and of TARGET."""
    files = {"-r.txt": b"1", "--help.txt": b"2", "-.txt": b"3"}
    return all_of(_copies(candidate, files, files, name=name) for name in ("", "-n-"))


def odd_characters(candidate: Candidate) -> Finding:
    """Stars, brackets, quotes, dollars and backslashes mean themselves."""
    brackets = ["[ab].txt", "a.txt", "b.txt", "'.txt", '".txt', "$HOME.txt", "`x`.txt", "\\.txt", "c\\nd.txt"]
    stars = ["*.txt", "?.txt", "e.txt", "fg.txt"]
    return all_of(
        _copies(candidate, files, files) for files in ({n: n.encode() for n in s} for s in (brackets, stars))
    )


def nothing_to_copy(candidate: Candidate) -> Finding:
    """Without a file to copy, 0 is printed and TARGET is made all the same."""
    return all_of(_nothing(candidate, files) for files in ({}, {"a.md": b"1"}))


def _nothing(candidate: Candidate, files: Mapping[str, bytes]) -> Finding:
    place = candidate.nonce()
    source, target = f"in-{place}", f"out-{place}/deeper"
    for path, data in files.items():
        candidate.put(f"{source}/{path}", data)
    candidate.run("mkdir", "-p", source)
    ran = candidate.run("bash", "collect.sh", source, target, "txt")
    entry = candidate.listing().get(target)
    said = f"exit code {ran.code}, standard output {ran.stdout!r}, TARGET {'made' if entry else 'missing'}"
    good = (ran.code, ran.stdout) == (0, b"0\n") and entry is not None and entry.kind == "folder"
    return ok(said) if good else fail(f"{said}; expected 0, b'0\\n', made")


def no_such_folder(candidate: Candidate) -> Finding:
    """A SOURCE that is missing or a file ends with 2, a message and nothing else."""
    candidate.put("plain-file", FALLBACK)
    return all_of(_refused(candidate, source) for source in ("missing", "plain-file", "not here"))


def _refused(candidate: Candidate, source: str) -> Finding:
    target = f"out-{candidate.nonce()}"
    ran = candidate.run("bash", "collect.sh", source, target, "txt")
    made = target in candidate.listing()
    said = f"{source}: exit code {ran.code}, standard output {ran.stdout!r}, standard error {ran.stderr!r}"
    good = ran.code == 2 and not ran.stdout and ran.stderr.strip() and not made
    return (
        ok(said)
        if good
        else fail(f"{said}, TARGET {'made' if made else 'not made'}; expected 2 and a message")
    )


def taken_names(candidate: Candidate) -> Finding:
    """Nothing in TARGET is overwritten; copies take the first free number."""
    one = _copies(candidate, {"a.txt": b"new"}, {"a.txt": b"old", "a.txt.1": b"new"}, there={"a.txt": b"old"})
    if not one.passed:
        return one
    there = {"a.txt": b"old", "a.txt.1": b"older", "a.txt.3": b"oldest"}
    two = _copies(candidate, {"a.txt": b"new"}, {**there, "a.txt.2": b"new"}, there=there)
    if not two.passed:
        return two
    found, _, _ = _collected(candidate, {f"{n}/a.txt": str(n).encode() for n in range(4)})
    said = f"four files of one name became {found}"
    good = sorted(found) == ["a.txt", "a.txt.1", "a.txt.2", "a.txt.3"] and sorted(found.values()) == [
        b"0",
        b"1",
        b"2",
        b"3",
    ]
    return (
        ok(said) if good else fail(f"{said}; expected a.txt and three numbered ones with the four contents")
    )


def plain_extension(candidate: Candidate) -> Finding:
    """An extension with special characters means itself."""
    files = {
        "a.c++": b"1",
        "b.ccc": b"2",
        "c.t*t": b"3",
        "d.txt": b"4",
        "e.tar.gz": b"5",
        "f.tarxgz": b"6",
        "g.[x]": b"7",
    }
    wanted = {"c++": "a.c++", "t*t": "c.t*t", "tar.gz": "e.tar.gz", "[x]": "g.[x]"}
    return all_of(_copies(candidate, files, {n: files[n]}, extension=e) for e, n in wanted.items())


def letter_case(candidate: Candidate) -> Finding:
    """Upper and lower case of the extension are the same, and names keep theirs."""
    files = {"a.TXT": b"1", "B.Txt": b"2", "c.txt": b"3"}
    return all_of(
        _copies(candidate, files, files, extension=extension) for extension in ("txt", "TXT", "tXt")
    )


def links(candidate: Candidate) -> Finding:
    """Symbolic links are neither copied nor followed."""
    place = candidate.nonce()
    candidate.put(f"in-{place}/a.txt", b"1")
    candidate.put(f"elsewhere-{place}/b.txt", b"2")
    for target, link in (("a.txt", "c.txt"), (f"../elsewhere-{place}", "folder"), ("nowhere", "d.txt")):
        candidate.run("ln", "-s", target, f"in-{place}/{link}")
    ran = candidate.run("bash", "collect.sh", f"in-{place}", f"out-{place}", "txt")
    found = sorted(path for path in candidate.listing() if path.startswith(f"out-{place}/"))
    said = f"exit code {ran.code}, TARGET holds {[path.partition('/')[2] for path in found]}"
    return ok(said) if found == [f"out-{place}/a.txt"] else fail(f"{said}; expected a.txt alone")


def same_bytes(candidate: Candidate) -> Finding:
    """Every byte is copied: zeros, no line feed at the end, several of them, nothing at all."""
    files = {"a.txt": bytes(range(256)), "b.txt": b"no line feed", "c.txt": b"three\n\n\n", "d.txt": b""}
    return _copies(candidate, files, files)
