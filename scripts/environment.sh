# Sourced by scripts/test and scripts/demo: `prepare_environment LOCK...` makes .venv hold exactly those locks.

root=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
venv="$root/.venv"

fail() { # WHAT [MORE...]
    printf 'error: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
    exit 1
}

note() { printf '== %s\n' "$*" >&2; }

is_recent_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# The interpreter to build .venv with: $PINKIT_PYTHON, else the first Python >= 3.11 on PATH.
find_python() {
    local candidate
    for candidate in ${PINKIT_PYTHON:+"$PINKIT_PYTHON"} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$candidate" >/dev/null && is_recent_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    fail "no Python >= 3.11 on PATH" "Install one, or name it: PINKIT_PYTHON=/path/to/python3 $0"
}

# Some distributions split ensurepip off; an installed pip can then fill the environment from outside.
create_venv() {
    local python
    python=$(find_python) || exit 1
    rm -rf "$venv"
    note "creating .venv with $("$python" --version)"
    if "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        "$python" -m venv "$venv"
    elif "$python" -c 'import venv' 2>/dev/null && "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m venv --without-pip "$venv"
        outer_python=$python
    else
        fail "$("$python" --version) cannot make an environment: venv or ensurepip is missing" \
            "Debian and Ubuntu: apt-get install python3-venv" \
            "or name another interpreter: PINKIT_PYTHON=/path/to/python3 $0"
    fi
}

# pip of .venv, deaf to settings that would lead it out of .venv or away from the locks.
venv_pip() {
    local -a clean=(env -u PIP_TARGET -u PIP_PREFIX -u PIP_REQUIRE_HASHES -u PYTHONPATH PIP_USER=0
        PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1)
    if "$venv/bin/python" -c 'import pip' 2>/dev/null; then
        "${clean[@]}" "$venv/bin/python" -m pip "$@"
    else
        "${clean[@]}" "$outer_python" -m pip --python "$venv/bin/python" "$@"
    fi
}

digest_of() { "$venv/bin/python" -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$1"; }

# Leaves .venv alone when its stamps say that it already holds these locks and this pinkit.
prepare_environment() { # LOCK...
    local lock
    if ! is_recent_enough "$venv/bin/python"; then create_venv; fi
    # A stamp that differs means other pins: start anew, so that nothing of theirs stays behind.
    for lock in "$@"; do
        if [ -e "$(stamp_of "$lock")" ] && ! is_locked "$lock"; then create_venv; fi
    done
    for lock in "$@"; do
        if ! is_locked "$lock"; then install_locks "$@"; break; fi
    done
    if [ "$(cat "$venv/.installed" 2>/dev/null)" != "$(digest_of "$root/pyproject.toml")" ]; then install_pinkit; fi
}

stamp_of() { printf '%s/.locked-%s' "$venv" "$1"; }

is_locked() { [ "$(cat "$(stamp_of "$1")" 2>/dev/null)" = "$(digest_of "$root/lockfiles/$1.txt")" ]; }

install_locks() { # LOCK...
    local lock
    local -a arguments=()
    for lock in "$@"; do arguments+=(-r "$root/lockfiles/$lock.txt"); done
    note "installing the locked dependencies, hashes required"
    venv_pip install -qq --require-hashes --only-binary :all: "${arguments[@]}" || fail \
        "pip could not install the locked dependencies" \
        "They come from the index that pip is configured for; pip's own words are above." \
        "Offline: point PIP_FIND_LINKS at a folder with the wheels and set PIP_NO_INDEX=1."
    for lock in "$@"; do digest_of "$root/lockfiles/$lock.txt" >"$(stamp_of "$lock")"; done
}

# The build lock holds the backend, so this needs no network.
install_pinkit() {
    note "installing pinkit itself"
    venv_pip install -qq --no-index --no-deps --no-build-isolation -e "$root" || fail "pip could not install pinkit itself"
    digest_of "$root/pyproject.toml" >"$venv/.installed"
}
