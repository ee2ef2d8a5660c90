"""Who may import whom: the contracts in pyproject.toml hold."""

from importlinter.cli import lint_imports


def test_the_rooms_keep_to_their_contracts() -> None:
    assert lint_imports(config_filename="pyproject.toml", no_cache=True) == 0
