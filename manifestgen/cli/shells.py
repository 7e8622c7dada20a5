"""Completion in bash, zsh and fish: the scripts that they source, and what the scripts are answered.

click's own scripts drop plain words where directories are offered besides, and do not know words that may be continued,
such as `--set mtu=` or a directory.
"""

from __future__ import annotations

import os
from typing import ClassVar

from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, split_arg_string

BASH = r"""%(complete_func)s() {
    local line kind value home current=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    while IFS= read -r line; do
        kind=${line%%%%,*} value=${line#*,} home=
        if [[ $value == *[!A-Za-z0-9@%%+=:,./_~-]* ]]; then  # bash inserts it as it is, and would run $(...)
            [[ $value == '~/'* ]] && home='~/' value=${value#'~/'}
            printf -v value %%q "$value"
            value=$home$value
        fi
        case $kind in
            plain) COMPREPLY+=("$value ") ;;
            part) COMPREPLY+=("$value") ;;
            dir) compopt -o plusdirs 2>/dev/null ;;
            file) compopt -o default -o bashdefault +o nospace 2>/dev/null ;;
        esac
    done < <(
        COMP_LINE=$COMP_LINE COMP_POINT=$COMP_POINT COMP_BREAKS=$COMP_WORDBREAKS \
            %(complete_var)s=bash_complete "$1" 2>/dev/null
    )
}

complete -o nosort -o nospace -F %(complete_func)s %(prog_name)s
"""
ZSH = r"""#compdef %(prog_name)s

%(complete_func)s() {
    local -a answers words_whole shown_whole words_part shown_part
    local kind value help dirs files
    answers=("${(@f)$(COMP_WORDS="${(pj:\n:)words[1,CURRENT]}" %(complete_var)s=zsh_complete ${words[1]} 2>/dev/null)}")
    for kind value help in "${answers[@]}"; do
        case $kind in
            plain) words_whole+=("$value"); shown_whole+=("$value${${help:#_}:+  -- $help}") ;;
            part) words_part+=("$value"); shown_part+=("$value${${help:#_}:+  -- $help}") ;;
            dir) dirs=1 ;;
            file) files=1 ;;
        esac
    done
    (( $#words_whole )) && compadd -V words -l -d shown_whole -a words_whole
    (( $#words_part )) && compadd -V parts -S '' -l -d shown_part -a words_part
    [[ -n $dirs ]] && _path_files -/
    [[ -n $files ]] && _files
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""
FISH = r"""function %(complete_func)s
    set -l tokens (commandline -opc)
    set -l answers (env COMP_WORDS=(string join \n -- $tokens (commandline -ct) | string collect) \
        %(complete_var)s=fish_complete $tokens[1] 2>/dev/null)
    for answer in $answers
        set -l parts (string split -m 1 , -- $answer)
        switch $parts[1]
            case dir
                __fish_complete_directories (commandline -ct) ''
            case file
                __fish_complete_path (commandline -ct)
            case '*'
                echo $parts[2]
        end
    end
end

complete --no-files --keep-order --command %(prog_name)s --arguments '(%(complete_func)s)'
"""


class _CallWords(ShellComplete):
    """Completion by the words of the command line, each on a line of its own, the last one incomplete."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the last, and the last."""
        if "COMP_CWORD" in os.environ:
            return _asked_by_click()
        lines = os.environ.get("COMP_WORDS", "").split("\n")
        words = [(split_arg_string(line) or [""])[0] for line in lines]
        return words[1:-1], words[-1]

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Candidates as whole words: click leaves out the option of `--calico=3`."""
        found = super().get_completions(list(args), incomplete)
        option, equals, value = incomplete.partition("=")
        if not (equals and option.startswith("-")):
            return found
        for item in found:
            if item.value.startswith(value) and not item.value.startswith(option):
                item.value = f"{option}={item.value}"
        return found


def _asked_by_click() -> tuple[list[str], str]:
    """The words as click's scripts give them, which earlier versions installed: with the number of the last, or it."""
    words, last = split_arg_string(os.environ.get("COMP_WORDS", "")), os.environ["COMP_CWORD"]
    if last.isdigit() and int(last) <= len(words):
        return words[1 : int(last)], "".join(words[int(last) : int(last) + 1])
    return words[1:-1] if last and words[-1:] == [last] else words[1:], last


class Bash(_CallWords):
    """Completion in bash, which splits words at characters of its own, and replaces the last part only."""

    name: ClassVar[str] = "bash"
    source_template: ClassVar[str] = BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words of the line up to the cursor."""
        if "COMP_CWORD" in os.environ:
            return _asked_by_click()
        line, point = os.environ.get("COMP_LINE", ""), os.environ.get("COMP_POINT", "")
        line = line.encode(errors="ignore")[: int(point) if point.isdecimal() else None].decode(errors="ignore")
        words = split_arg_string(line)
        last = "" if line[-1:].isspace() or not words else words.pop()
        return words[1:], last

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Candidates without the part that bash takes for words of their own."""
        found = super().get_completions(args, incomplete)
        breaking = set(os.environ.get("COMP_BREAKS", "=:")) & set("=:")
        kept = max((place for place, one in enumerate(incomplete, 1) if one in breaking), default=0)
        for item in found:
            if item.value.startswith(incomplete[:kept]):
                item.value = item.value[kept:]
        return found

    def format_completion(self, item: CompletionItem[str]) -> str:
        """One line."""
        return f"{item.type},{item.value}"


class Zsh(_CallWords):
    """Completion in zsh."""

    name: ClassVar[str] = "zsh"
    source_template: ClassVar[str] = ZSH

    def format_completion(self, item: CompletionItem[str]) -> str:
        """Three lines: kind, word, help."""
        return f"{item.type}\n{item.value}\n{_one_line(item.help) or '_'}"


class Fish(_CallWords):
    """Completion in fish."""

    name: ClassVar[str] = "fish"
    source_template: ClassVar[str] = FISH

    def format_completion(self, item: CompletionItem[str]) -> str:
        """One line: kind, word, and help behind a tab."""
        about = _one_line(item.help)
        return f"{item.type},{item.value}" + (f"\t{about}" if about else "")


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def register() -> None:
    """Let click use these scripts instead of its own."""
    for one in (Bash, Zsh, Fish):
        add_completion_class(one)
