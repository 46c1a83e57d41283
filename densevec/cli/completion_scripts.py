"""Scripts for bash, zsh and fish that complete a command line of known places."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Option(NamedTuple):
    """Its names, what it does, whether a value follows, and the values that can."""

    names: tuple[str, ...]
    help: str
    takes_value: bool
    values: tuple[str, ...]


class Place(NamedTuple):
    """Where one is on a command line ("densevec train skipgram"): what can follow, commands with what they do."""

    name: str
    options: Sequence[Option]
    commands: dict[str, str]
    words: tuple[str, ...]


_BASH = """\
# Completion of densevec for bash; made by: densevec completion bash
_densevec() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} place=densevec word i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${{COMP_WORDS[i]}}
        case "$place $word" in
            {places}) place="$place $word" ;;
        esac
    done
    case "$place $before" in
{values}
    esac
    case "$place" in
{follow}
    esac
}}
complete -o bashdefault -o default -F _densevec densevec"""

_ZSH = """\
#compdef densevec
# Completion of densevec for zsh; made by: densevec completion zsh
_densevec() {{
    local place=densevec word before=${{words[CURRENT-1]}}
    local -a options commands
    for word in ${{words[2,CURRENT-1]}}; do
        case "$place $word" in
            {places}) place="$place $word" ;;
        esac
    done
    case "$place $before" in
{values}
    esac
    case "$place" in
{follow}
    esac
    if [[ ${{words[CURRENT]}} == -* ]]; then
        _describe -o option options
    elif (( ${{#commands}} )); then
        _describe command commands
    else
        _files
    fi
}}
if [[ ${{funcstack[1]}} == _densevec ]]; then
    _densevec "$@"
else
    compdef _densevec densevec
fi"""

_FISH = """\
# Completion of densevec for fish; made by: densevec completion fish
function __densevec_place
    set -l place densevec
    for word in (commandline -opc)[2..]
        switch "$place $word"
            case {places}
                set place "$place $word"
        end
    end
    echo $place
end
function __densevec_at
    test (__densevec_place) = "$argv"
end
{lines}"""


def bash_script(places: Sequence[Place]) -> str:
    """For bash 3.2 and newer."""
    follow = []
    for place in places:
        options = " ".join(name for option in place.options for name in option.names)
        others = " ".join([*place.commands, *place.words])
        follow.append(f"        {_quoted(place.name)})")
        follow.append(f"            if [[ $cur == -* ]]; then {_generated(options)}")
        follow += [f"            else {_generated(others)}", "            fi ;;"] if others else ["            fi ;;"]
    values = [
        f"        {_patterns(place, option)}) {_generated(' '.join(option.values))}; return ;;"
        for place, option in _with_values(places)
    ]
    return _BASH.format(places=_all_places(places, "|"), values="\n".join(values), follow="\n".join(follow))


def zsh_script(places: Sequence[Place]) -> str:
    """For zsh, with what each option does."""
    follow = []
    for place in places:
        options = [_described(name, option.help) for option in place.options for name in option.names]
        others = [*(_described(*each) for each in place.commands.items()), *map(_quoted, place.words)]
        follow.append(f"        {_quoted(place.name)})")
        follow += [f"            options=({' '.join(options)})", f"            commands=({' '.join(others)}) ;;"]
    values = [
        f"        {_patterns(place, option)}) compadd -- {' '.join(map(_quoted, option.values))}; return ;;"
        for place, option in _with_values(places)
    ]
    return _ZSH.format(places=_all_places(places, "|"), values="\n".join(values), follow="\n".join(follow))


def fish_script(places: Sequence[Place]) -> str:
    """For fish, with what each option does."""
    lines = []
    for place in places:
        start = f"complete -c densevec -n {_fish_quoted(f'__densevec_at {place.name}')}"
        for command, summary in place.commands.items():
            lines.append(f"{start} -f -a {_fish_quoted(command)} -d {_fish_quoted(summary)}")
        lines += [f"{start} -f -a {_fish_quoted(word)}" for word in place.words]
        for option in place.options:
            names = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names]
            value = f" -x -a {_fish_quoted(' '.join(option.values))}" if option.values else " -r" * option.takes_value
            lines.append(f"{start} {' '.join(names)}{value} -d {_fish_quoted(option.help)}")
    known = " ".join(_fish_quoted(place.name) for place in places[1:])
    return _FISH.format(places=known, lines="\n".join(lines))


def _with_values(places: Sequence[Place]) -> list[tuple[Place, Option]]:
    return [(place, option) for place in places for option in place.options if option.values]


def _all_places(places: Sequence[Place], separator: str) -> str:
    return separator.join(_quoted(place.name) for place in places[1:])


def _patterns(place: Place, option: Option) -> str:
    return "|".join(_quoted(f"{place.name} {name}") for name in option.names)


def _generated(words: str) -> str:
    """bash's answer from a list of words."""
    return f'COMPREPLY=($(compgen -W {_quoted(words)} -- "$cur"))'


def _described(name: str, text: str) -> str:
    """zsh's pair of a word and what it does; a colon parts them."""
    return _quoted(f"{name}:{text}".replace("\\", "\\\\") if ":" not in name else name)


def _quoted(text: str) -> str:
    return shlex.quote(text)


def _fish_quoted(text: str) -> str:
    """fish knows two escapes within single quotes."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


SCRIPTS: dict[str, Callable[[Sequence[Place]], str]] = {"bash": bash_script, "zsh": zsh_script, "fish": fish_script}
