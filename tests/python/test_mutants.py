"""Wrong edits of the package, each of which a test must find."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from support import SOURCE, FolderTest

# file, what stands there once, what is put in its place, and the test that must fail
MUTANTS = [
    ("crc32c.py", "log2_bytes += 1", "log2_bytes += 0", "draws.Checksum"),
    ("shapes.py", "if index in groups.get(base, {}):", "if False:", "shapes.Variables.test_names_that_stand_twice"),
    ("shapes.py", "size == len(indices)", "True", "shapes.Variables.test_what_fills_no_grid_stays_apart"),
    ("shapes.py", "!= 1:", "== 0:", "shapes.Variables.test_a_name_that_is_taken"),
    ("shapes.py", "product(*labels)", "places", "shapes.Variables.test_a_matrix_in_stans_order_has_its_rows_first"),
    ("draws.py", "if len(wrong) > 0:", "if False:", "draws.Damage.test_of_any_byte_is_found"),
    ("draws.py", "int(number) >= first", "True", "draws.Damage.test_rounds_that_were_dropped_are_not_read"),
    ("draws.py", "axis=2)", "axis=1)", "draws.DrawsAsArrays.test_of_two_legs_take_turns"),
    ("run.py", "number == last]", "number <= last]", "draws.DrawsAsArrays.test_of_a_ladder_are_those_of_its_last_round"),
    ("draws.py", "places[-1] if places", "places[-1] + 1 if places", "draws.DrawsAsArrays.test_of_chains_are_those_of_the_csv"),
    ("run.py", "windows + 1 if begun", "windows + 1 if True", "run.WhatIsThereSoFar.test_draws_in_warm_up_are_warm_up"),
    ("run.py", 'text[: text.rfind("\\n") + 1]', "text", "run.WhatIsThereSoFar.test_lines_that_are_being_written_are_left_out"),
    ("draws.py", "chain_draws[:common]", "chain_draws", "run.WhatIsThereSoFar.test_chains_are_cut_to_the_shortest"),
    ("command.py", "process_group=0", "process_group=None", "command.Interrupts.test_reach_the_command_once"),
    ("command.py", "process.send_signal(signal.SIGINT)", "process.kill()", "command.Interrupts.test_end_the_command_with_a_checkpoint"),
    ("command.py", "            continue  #", "            raise  #", "command.Interrupts.test_a_second_one_is_passed_on_too"),
    ("command.py", "or value is False", "", "command.Flags.test_are_the_options"),
    ("command.py", 'command or os.environ.get("DOVETAIL")', 'os.environ.get("DOVETAIL") or command', "command.Finding"),
    ("errors.py", "code = 7\n", "code = 8\n", "command.Errors.test_have_a_type_for_each_exit_code"),
    ("callable.py", "os.dup2(2, 1)", "pass", "model.Models.test_in_parts_are_tempered_from_their_prior"),
    ("callable.py", "    _serving = True", "    pass", "model.Models.test_a_script_without_a_guard_is_told_so"),
    ("callable.py", "gradients if question", "[] if question", "model.Models.test_answer_what_was_asked"),
    ("callable.py", "version=version, ", "", "model.Models.test_that_changed_are_noticed_by_resume"),
]


class Mutants(FolderTest):
    def test_are_found(self) -> None:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        for at, (file, old, new, test) in enumerate(MUTANTS):
            with self.subTest(file=file, to=new):
                package = self.folder / str(at)
                shutil.copytree(SOURCE / "python", package)
                path = package / "dovetail" / file
                text = path.read_text()
                self.assertEqual(text.count(old), 1, f"{file} has not once: {old}")
                path.write_text(text.replace(old, new))
                ended = subprocess.run(
                    [sys.executable, "-B", Path(__file__).with_name("run_tests.py"), test],
                    env={**environment, "DOVETAIL_PYTHON_PACKAGE": str(package)}, capture_output=True, text=True,
                )  # fmt: skip
                self.assertEqual(ended.returncode, 1, f"no test noticed it\n{ended.stderr}")
