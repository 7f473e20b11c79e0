"""Threat by threat what is promised, and the tests that prove it: each is there, and names what it is against."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import modelops_tui

TESTS = Path(__file__).parent.parent
PACKAGE = Path(modelops_tui.__file__).parent


class Threat(NamedTuple):
    """What is promised against a threat, and for each way of it the file, and the test where it is one, that tries."""

    promise: str
    proofs: dict[str, str]


THREATS = {
    "a stolen store or database dump": Threat(
        "no secret in clear anywhere",
        {
            "store, journal, history, locks, temporary files": "vault/test_threats_store.py",
            "backups": "vault/test_vault_backups.py::test_a_backup_opens_with_the_same_passphrase_and_holds_no_secret",
            "after every command, with logs, exports and the wire": "vault/test_tour_commands.py",
            "after every screen": "vault/test_tour_screens.py",
            "in every encoding": "vault/test_threats_store.py::test_the_search_itself_finds_a_secret_in_every_form",
        },
    ),
    "a tampered, truncated, swapped or replayed token or header; weak parameters": Threat(
        "refused, and the rest stays readable",
        {
            "all of them": "vault/test_threats_tampering.py",
            "any bytes": "vault/test_vault_fuzz.py",
            "weak or absurd parameters": "vault/test_vault.py::"
            "test_parameters_out_of_bounds_are_refused_before_any_work",
            "a chest on its way": "vault/test_chest_exchange.py::test_a_tampered_import_changes_nothing",
            "an older chest": "vault/test_chest_exchange.py::test_an_older_export_does_not_replace_a_newer_chest",
            "another public key": "vault/test_chest_exchange.py::test_a_key_that_was_swapped_on_the_way_is_told",
        },
    ),
    "a secret in argv, history, the environment of others, ps, a core dump": Threat(
        "none",
        {
            "process table": "vault/test_tour_processes.py",
            "environment, core dumps, argv": "vault/test_threats_processes.py",
            "no option takes one": "cli/test_chest_verbs.py::test_no_option_takes_a_secret",
            "what a command is given": "vault/test_chest_running.py::"
            "test_a_command_gets_the_secrets_and_nothing_else_of_ours",
        },
    ),
    "a secret in a log, traceback, help text or crash report": Threat(
        "masked",
        {
            "every error path": "vault/test_threats_processes.py::test_log_traceback_and_crash_report_hold_no_secret",
            "help and mistakes of every command": "vault/test_tour_commands.py",
            "a fault report": "vault/test_tour_processes.py",
            "Textual's crash": "tui/test_chest_screen.py::test_widgets_and_crashes_do_not_tell_a_secret",
            "the address of a remote": "cli/test_remote_words.py::"
            "test_a_password_in_an_address_is_refused_with_what_to_do",
            "the login of a remote": "sync/test_secure.py::test_wrong_credentials_are_a_sentence_without_them",
            "an address of the original systems": "exchange/test_database.py::"
            "test_a_server_that_is_not_there_is_one_sentence_without_the_password",
        },
    ),
    "a secret on the screen, in a screenshot, on the clipboard": Threat(
        "hidden again by itself, in no screenshot, cleared from the clipboard",
        {
            "fifteen seconds": "tui/test_chest_screen.py::test_a_revealed_secret_is_gone_after_fifteen_seconds",
            "pictures": "tui/test_chest_screen.py::test_no_picture_of_the_screen_holds_a_secret",
            "clipboard": "tui/test_chest_screen.py::"
            "test_a_copy_is_cleared_after_a_while_unless_something_else_was_copied",
            "every screen": "vault/test_tour_screens.py",
            "the bytes to a terminal": "vault/test_tour_terminal.py",
            "keys typed too fast": "tui/test_typed_keys.py::"
            "test_what_is_typed_after_enter_goes_into_the_next_line_and_never_into_the_one_above",
        },
    ),
    "file modes, umask, links": Threat(
        "0700 and 0600, and no link is followed on write",
        {
            "the vault and its agent": "vault/test_threats_files.py",
            "the store": "store/test_store_documents.py::test_files_are_private_whatever_the_umask",
            "links in the store": "store/test_store_damage.py::test_a_symbolic_link_is_not_followed_on_write",
            "links for its lock": "store/test_ordeal_company.py::test_a_lock_file_that_is_a_folder_or_a_link_is_told",
            "a text in the editor": "cli/test_editing.py::test_the_text_is_for_nobody_else_to_read",
        },
    ),
    "hostile text: markup, escapes, bidi": Threat(
        "shown, never obeyed",
        {
            "the boundary": "present/test_terminal.py::test_no_control_or_bidi_character_comes_through",
            "commands": "cli/test_words.py::test_escape_sequences_in_data_are_shown_and_not_obeyed",
            "mistakes": "cli/test_mistakes.py::test_control_signs_in_a_word_never_reach_the_terminal",
            "screens": "tui/test_changing.py::test_hostile_text_is_shown_and_never_obeyed",
            "tables": "tui/test_record_table.py::test_what_a_cell_holds_is_shown_and_never_obeyed",
            "chests and their entries": "tui/test_chest_hostile.py",
            "conflicts": "tui/test_conflict_screen.py::test_hostile_text_is_shown_and_never_obeyed",
            "a name of an entry": "vault/test_threats_tampering.py::"
            "test_hostile_text_as_a_name_of_an_entry_comes_in_by_no_door",
        },
    ),
    "archives": Threat(
        "plain files and folders only, with caps",
        {"nothing unpacks one yet": "vault/test_threats_index.py::test_nothing_unpacks_an_archive_yet"},
    ),
    "YAML and JSON": Threat(
        "no name twice, no bombs, words stay text",
        {
            "duplicates, depth, damage": "present/test_notation.py::test_damaged_or_dangerous_text_is_refused",
            "aliases": "present/test_notation.py::test_a_few_lines_of_aliases_do_not_become_millions_of_values",
            "words": "present/test_notation.py::test_words_that_mean_something_elsewhere_stay_text",
            "an identity record": "vault/test_threats_tampering.py::"
            "test_yaml_and_json_strictness_a_name_twice_in_an_identity_record_is_refused",
        },
    ),
    "paths in artifact and file names": Threat(
        "stay inside",
        {
            "every declared path by every door": "vault/test_threats_paths.py",
            "the vault's own files": "vault/test_threats_tampering.py::"
            "test_paths_the_id_of_a_user_never_leads_out_of_the_vault",
            "what a remote sends": "sync/test_hostile.py::test_content_that_is_not_valid_is_refused_whole",
        },
    ),
    "MongoDB": Threat(
        "no operator, dotted or NUL name travels raw",
        {
            "hostile names there and back": "sync/test_remote_contract.py::test_every_value_comes_back_as_it_was",
            "the original systems": "exchange/test_database.py::test_what_bson_cannot_hold_is_refused",
            "the name of a database": "exchange/test_database.py::test_a_name_that_no_database_can_have_is_told",
        },
    ),
    "Docker, git, editors, subprocesses": Threat(
        "argument lists, no shell, nothing hangs",
        {
            "no shell anywhere": "vault/test_threats_index.py::test_nothing_starts_a_program_by_a_shell",
            "editors": "cli/test_editing.py::test_an_editor_that_is_not_there_or_fails_loses_nothing",
            "a passphrase command": "vault/test_vault.py::test_a_script_without_a_good_passphrase_is_told",
            "what runs with a chest": "vault/test_chest_running.py::test_what_cannot_be_started_is_told",
        },
    ),
    "the remote": Threat(
        "encrypted and checked, or refused",
        {
            "certificates, clear text": "sync/test_secure.py::"
            "test_certificates_are_checked_and_nothing_goes_in_clear_text",
            "gaps and forged hashes": "sync/test_hostile.py::test_a_damaged_chain_is_refused",
            "bombs and invalid content": "sync/test_hostile.py::test_content_that_is_not_valid_is_refused_whole",
            "erasing": "sync/test_secure.py::test_find_and_insert_on_the_log_are_enough_and_nothing_can_be_erased",
            "a login on the wire": "vault/test_tour_commands.py",
        },
    ),
    "a disk that is full or only read": Threat(
        "said, and nothing is lost; what cannot be recorded as seen is not shown",
        {
            "keys and secrets": "vault/test_threats_disks.py",
            "a record in the middle of a change": "vault/test_threats_files.py::test_a_full_disk_changes_nothing",
            "a kill at every step": "vault/test_vault_crashes.py::"
            "test_change_passphrase_leaves_exactly_one_passphrase_that_opens",
            "a kill at every step of share, unshare, rotate": "vault/test_vault_crashes.py::"
            "test_a_chest_is_as_it_was_or_as_it_should_be",
        },
    ),
    "someone else on this machine": Threat(
        "file modes, and said plainly in the README",
        {
            "modes": "vault/test_threats_files.py::"
            "test_somebody_else_on_this_machine_sees_nothing_in_a_home_of_mode_0700",
            "another account at the agent": "vault/test_unlock_agent.py::"
            "test_another_account_gets_no_answer_even_where_all_doors_stand_open",
            "the README": "vault/test_threats_index.py::test_the_readme_says_what_permissions_are_for",
        },
    ),
}
PROOFS = {proof for threat in THREATS.values() for proof in threat.proofs.values()}


@cache
def tree_of(file: str) -> ast.Module:
    return ast.parse((TESTS / file).read_text(encoding="utf-8"))


@pytest.mark.parametrize("proof", sorted(PROOFS))
def test_every_proof_is_there(proof: str) -> None:
    file, _, name = proof.partition("::")
    tree = tree_of(file)
    if name:
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    else:
        assert (ast.get_docstring(tree) or "").startswith("Threat: "), "a file that proves a threat names it"


def test_every_file_that_names_a_threat_is_in_the_table() -> None:
    files = [str(file.relative_to(TESTS)) for file in TESTS.rglob("test_*.py")]
    naming = {file for file in files if (ast.get_docstring(tree_of(file)) or "").startswith("Threat: ")}
    assert naming == {proof.partition("::")[0] for proof in PROOFS} & naming


def test_nothing_unpacks_an_archive_yet() -> None:
    """Whoever begins to must keep to plain files and folders, with caps, and take this test's place in the table."""
    for file in PACKAGE.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        for word in ("tarfile", "zipfile", "unpack_archive", "extractall"):
            assert word not in text, f"{file.name} knows {word}"


def test_nothing_starts_a_program_by_a_shell() -> None:
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput")
                assert not any(word.arg == "shell" for word in node.keywords), f"{file.name} asks a shell"


def test_the_readme_says_what_permissions_are_for() -> None:
    readme = (TESTS.parent / "README.md").read_text(encoding="utf-8")
    assert "Permissions inside the program are for honest people: whoever can read the folder can read" in readme
