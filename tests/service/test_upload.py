"""A zip is unpacked whole and below its folder, or not at all."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from siting.errors import InputError
from siting.service import upload
from siting.service.app import Service
from tests.service.conftest import town


def zipped(entries: dict[str, bytes], **links: str) -> io.BytesIO:
    """A zip in memory; ``links`` are symbolic links by name (dots as __)."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
        for name, target in links.items():
            info = zipfile.ZipInfo(name.replace("__", "."))
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, target)
    made.seek(0)
    return made


def test_a_scenario_is_unpacked_and_checked(
    client: TestClient, service: Service, tmp_path: Path
) -> None:
    """What was sent stands on the shelf, can be checked, and is taken away again whole."""
    folder = town(tmp_path / "mine")
    archive = zipped({f"town/{p.name}": p.read_bytes() for p in folder.iterdir()})
    answer = client.post("/api/scenarios", files={"file": ("town.zip", archive)})
    assert answer.status_code == 201
    (entry,) = answer.json()["entries"]
    assert (entry["kind"], entry["path"]) == ("scenario", "town/scenario.yaml")
    assert client.get(f"/api/scenarios/{entry['id']}/check").json()["ok"]
    assert client.delete(f"/api/scenarios/{entry['id']}").status_code == 204
    assert list(service.shelf.uploads.iterdir()) == []
    assert client.get(f"/api/scenarios/{entry['id']}/check").status_code == 404


def test_a_folder_is_taken_as_its_zip_would_be(
    client: TestClient, service: Service, tmp_path: Path
) -> None:
    """Files with their paths, of which those that no scenario reads are left out; the same rules,
    and nothing stays of what they refuse. (security 5)"""
    folder = town(tmp_path / "mine")
    sent = [("file", (f"town/{p.name}", p.read_bytes())) for p in folder.iterdir()]
    answer = client.post("/api/scenarios", files=[*sent, ("file", ("town/Thumbs.db", b"x"))])
    assert answer.status_code == 201, answer.text
    (entry,) = answer.json()["entries"]
    assert entry["path"] == "town/scenario.yaml"
    assert client.get(f"/api/scenarios/{entry['id']}/check").json()["ok"]
    assert not list(service.shelf.uploads.rglob("*.db"))
    client.delete(f"/api/scenarios/{entry['id']}")
    for name in ("../people.csv", "/etc/x.csv", "town/scenario.YAML"):
        answer = client.post("/api/scenarios", files=[*sent, ("file", (name, b"x,y\n"))])
        assert answer.status_code == 400
    many = [("file", (f"town/{k}.csv", b"x")) for k in range(501)]
    assert client.post("/api/scenarios", files=many).status_code == 400
    assert list(service.shelf.uploads.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("../scenario.yaml", "way out"),
        ("a/../../scenario.yaml", "way out"),
        ("/scenario.yaml", "absolute"),
        ("C:/scenario.yaml", "absolute"),
        ("a\\scenario.yaml", "absolute"),
        ("a\nb.yaml", "control sign"),
        ("con.csv", "device"),
        ("data/LPT1.csv", "device"),
        ("a ./b.csv", "blanks or dots"),
        ("run.exe", "kind of file"),
        ("more.zip", "kind of file"),
    ],
)
def test_names_that_are_not_plain_are_refused(tmp_path: Path, name: str, told: str) -> None:
    """Each is told with what is wrong with it, and nothing is written. (security 5)"""
    with pytest.raises(InputError, match=told):
        upload.unpack(zipped({"scenario.yaml": b"siting: 1", name: b"x"}), "z.zip", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_links_and_twins_are_refused(tmp_path: Path) -> None:
    """A symbolic link leads out of the folder; two names that differ by capitals are one file.
    (security 5)"""
    with pytest.raises(InputError, match="a link"):
        upload.unpack(zipped({}, people__csv="/etc/hostname"), "z.zip", tmp_path)
    with pytest.raises(InputError, match="capitals"):
        upload.unpack(zipped({"a.csv": b"1", "A.CSV": b"2"}), "z.zip", tmp_path)


def test_sizes_are_counted_while_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that grows out of all proportion, too many files and too many bytes are refused.
    (security 5)"""
    with pytest.raises(InputError, match="grows more than"):
        upload.unpack(zipped({"a.csv": b"0" * (2 << 20)}), "z.zip", tmp_path)
    with pytest.raises(InputError, match="at most 500"):
        upload.unpack(zipped({f"{k}.csv": b"" for k in range(501)}), "z.zip", tmp_path)
    monkeypatch.setattr(upload, "MOST_BYTES", 1000)
    with pytest.raises(InputError, match="2 GiB"):
        upload.unpack(zipped({"b.csv": bytes(range(256)) * 8}), "z.zip", tmp_path)


def test_nothing_stays_of_what_was_refused(client: TestClient, service: Service) -> None:
    """No zip, a broken one, one without a scenario: a fault each, and an empty folder.
    (security 5)"""
    for data in (
        b"no zip",
        zipped({"a.csv": b"x"}).getvalue(),
        zipped({"a.csv": b"x"}).getvalue()[:-9],
    ):
        answer = client.post("/api/scenarios", files={"file": ("z.zip", data)})
        assert answer.status_code == 400
        assert answer.json()["faults"]
    assert list(service.shelf.uploads.iterdir()) == []


def test_an_upload_names_no_file_outside(
    client: TestClient, service: Service, tmp_path: Path
) -> None:
    """A scenario that somebody sent reads nothing of this machine, not even by an absolute path.
    (security 5)"""
    folder = town(tmp_path / "mine")
    entries = {f"town/{p.name}": p.read_bytes() for p in folder.iterdir()}
    people = next(name for name in entries if name.endswith("people.csv"))
    outside = tmp_path / "mine" / "people.csv"
    text = entries["town/scenario.yaml"].decode().replace("people.csv", str(outside))
    assert str(outside) in text
    del entries[people]
    archive = zipped({**entries, "town/scenario.yaml": text.encode()})
    answer = client.post("/api/scenarios", files={"file": ("town.zip", archive)})
    (entry,) = answer.json()["entries"]
    told = client.get(f"/api/scenarios/{entry['id']}/check").text
    assert "must lie in the scenario's folder" in told
