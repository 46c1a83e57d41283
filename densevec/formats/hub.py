"""Folders for the Hugging Face hub: a file of ours, a card that says what it is, and the way there and back.

A folder has model.safetensors (the native file), README.md (the card) and config.json (a few facts for the hub);
loading it reads the first alone, and executes nothing.  Models and vectors are ``OnHub``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, Self, cast

from densevec._packages import import_package
from densevec._validation import Flag, Instance, as_path, check_parameter
from densevec.errors import FileError, ParameterError
from densevec.formats.card import CARD, FACTS, card_of, facts_of
from densevec.formats.native import read_container
from densevec.formats.output import make_folder, write_file

Path = str | os.PathLike[str]
FILE = "model.safetensors"
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_TEXT = Instance((str,), "a string", optional=True)


class OnHub:
    """What can be given to the hub and taken from it: it has ``save(path)``, and its class ``load(path, check=)``."""

    def save_pretrained(
        self,
        folder: Path,
        *,
        quality: Mapping[str, Any] | None = None,
        corpus: str | None = None,
        language: str | None = None,
        license: str | None = None,
        name: str | None = None,
    ) -> None:
        """Write a folder for the Hugging Face hub: what ``save`` writes, and a card.

        The card states the corpus (what ``trained_on`` says, no paths and none of its words), all parameters, and what
        was measured.

        Parameters
        ----------
        folder : is made if need be
        quality : what was measured: numbers by name, or results of ``densevec.evaluation`` by the name of the test set
        corpus : about the text, in a sentence or more
        language : of the words, by its code, such as "en"
        license : of the file, by the hub's name for it, such as "cc-by-4.0"
        name : the card's heading; the folder's name if None

        Raises
        ------
        FileError
            If the folder or a file cannot be written.
        ParameterError, ParameterTypeError
            For what a card cannot state.
        """
        texts = {"corpus": corpus, "language": language, "license": license, "name": name}
        for parameter, text in texts.items():
            check_parameter(parameter, text, _TEXT)
        check_parameter("quality", quality, Instance((Mapping,), "results by name, as in a dict", optional=True))
        place = as_path(folder)
        make_folder(place)
        cast(Any, self).save(os.path.join(place, FILE))
        container = read_container(os.path.join(place, FILE))
        heading = name or os.path.basename(os.path.abspath(place))
        card = card_of(container, heading, quality or {}, corpus, language, license)
        for file, data in ((CARD, card.encode("utf-8", "backslashreplace")), (FACTS, facts_of(container))):
            write_file(os.path.join(place, file), [data], len(data))

    @classmethod
    def from_pretrained(cls, name: Path, *, revision: str | None = None, check: bool = False) -> Self:
        """What ``save_pretrained`` or ``push_to_hub`` wrote: from a folder, or from the hub by "owner/name".

        Only its model.safetensors is read (and kept in the hub's cache, from which it is mapped); nothing is executed.

        Parameters
        ----------
        name : a folder, or "owner/name"
        revision : a branch, tag or commit of the hub's; the latest if None
        check : verify every digest and value, as in ``load``

        Raises
        ------
        FileError
            If there is no such folder, or the hub does not give the file.
        FormatError, CorruptError
            As ``load``.
        """
        check_parameter("revision", revision, _TEXT)
        place = as_path(name)
        if os.path.isdir(place):
            return cls._loaded(os.path.join(place, FILE), check)
        if not _REPOSITORY.fullmatch(place) or os.path.exists(place):
            raise FileError(f"{place} is neither a folder nor the name of a repository on the hub (owner/name)")
        hub = import_package("huggingface_hub", f"{place}, which is no folder here,", "hub")
        try:
            path = hub.hf_hub_download(place, FILE, revision=revision)
        except Exception as error:  # its own, those of its client, and ValueError
            raise FileError(f"{place}: the hub does not give {FILE}: {_line(error)}") from None
        return cls._loaded(path, check)

    @classmethod
    def _loaded(cls, path: str, check: bool) -> Self:
        found: Self = cast(Any, cls).load(path, check=check)
        return found

    def push_to_hub(
        self,
        repository: str,
        *,
        private: bool = False,
        quality: Mapping[str, Any] | None = None,
        corpus: str | None = None,
        language: str | None = None,
        license: str | None = None,
    ) -> str:
        """Upload what ``save_pretrained`` writes to the Hugging Face hub; the address of the commit.

        The repository is made if need be.  The hub's own package knows who you are (``hf auth login``).

        Parameters
        ----------
        repository : "owner/name"
        private : whether a repository that is made is yours alone
        quality, corpus, language, license : as in ``save_pretrained``

        Raises
        ------
        FileError
            If the hub does not take it.
        ParameterError
            For a name that is none.
        """
        check_parameter("repository", repository, Instance((str,), "a string"))
        check_parameter("private", private, Flag())
        if not _REPOSITORY.fullmatch(repository):
            raise ParameterError(f"repository must be 'owner/name', got {repository!r:.100}")
        hub = import_package("huggingface_hub", "push_to_hub", "hub")
        card = {"quality": quality, "corpus": corpus, "language": language, "license": license, "name": repository}
        import tempfile  # which opening a file does without

        with tempfile.TemporaryDirectory() as folder:
            self.save_pretrained(folder, **card)  # type: ignore[arg-type]
            try:
                client = hub.HfApi()
                client.create_repo(repository, private=private, exist_ok=True)
                commit = client.upload_folder(
                    repo_id=repository, folder_path=folder, commit_message=f"{type(self).__name__} of densevec"
                )
            except Exception as error:
                raise FileError(f"{repository}: the hub does not take the folder: {_line(error)}") from None
        return str(getattr(commit, "commit_url", commit))


def _line(error: Exception) -> str:
    """What an error says, in a line."""
    return " ".join(str(error).split())[:300] or type(error).__name__
