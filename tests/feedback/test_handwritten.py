"""Wrong functions as students write them are named, in every check that they fail."""

import importlib.util
from pathlib import Path

import pytest

from grader.core.assignment import FUNCTIONS
from grader.core.results import Status
from grader.core.seed import PUBLISHED
from grader.feedback.diagnosis import Diagnosis
from grader.feedback.model.index import index
from grader.feedback.outcomes import outcomes
from grader.feedback.recognition import Recogniser
from grader.feedback.recording import run_and_record
from grader.feedback.simulation import LocalCaller
from grader.reference.functions import solution
from grader.run.collect import runnable_checks

FOLDER = Path(__file__).parent / "handwritten"

SAID = {
    "conv2d_forward__sizes_must_divide": ["does not divide raise an error"],
    "conv2d_forward__size_with_a_slash": ["computed with /"],
    "conv2d_forward__padding_one_with_size_from_pad": ["padding is taken to be 1, whatever pad says"],
    "conv2d_forward__padding_not_done": ["x itself is not padded"],
    "conv2d_forward__bias_for_each_element": ["once for each element of the window"],
    "conv2d_forward__overwritten_taps": ["= overwrites what += would add up"],
    "conv2d_forward__columns_outside_rows_inside": ["rows and columns are exchanged"],
    "conv2d_forward__width_from_height": ["as wide as it is high"],
    "conv2d_forward__kernel_height_in_window": ["kernel is taken to be as wide as it is high"],
    "conv2d_forward__square_output": ["output is taken to be as wide as it is high"],
    "conv2d_forward__rounded_size": ["rounded to the nearest whole number"],
    "conv2d_forward__loops_over_the_input": ["go over all of the image"],
    "conv2d_forward__strides_exchanged": ["vertical and horizontal stride are exchanged"],
    "conv2d_forward__cached_x_overwritten": ["what is cached, or passed on, is the padded x"],
    "conv2d_backward__minus_zero_assigned": ["cropped with pad:-pad"],
    "conv2d_backward__minus_zero": ["cropped with pad:-pad"],
    "conv2d_backward__cropped_by_one": ["cropped by 1"],
    "conv2d_backward__db_divided_by_batch": ["db is divided by the size of the batch"],
    "conv2d_backward__returned_in_other_order": ["wrong order"],
    "conv2d_backward__overwritten_taps": ["= overwrites"],
    "conv2d_backward__overwritten_columns_outside": ["= overwrites"],
    "conv2d_backward__stride_forgotten_in_dx": ["stride is ignored"],
    "conv2d_backward__strides_exchanged_in_dw": ["In dw, the vertical and horizontal stride are exchanged"],
    "conv2d_backward__square_crop": ["In the crop of dx"],
    "conv2d_backward__padding_forgotten_in_dw": ["without its padding"],
    "conv2d_backward__two_at_once": ["cropped with pad:-pad", "db is divided by the size of the batch"],
    "conv2d_backward__two_in_dx": ["cropped with pad:-pad", "stride is ignored"],
    "maxpool2d_forward__sizes_must_divide": ["does not divide raise an error"],
    "maxpool2d_forward__width_from_height": ["as wide as it is high"],
    "maxpool2d_forward__starts_at_zero": ["starts at 0"],
    "maxpool2d_forward__loops_over_the_input": ["go over all of the image"],
    "maxpool2d_forward__window_moves_by_one": ["In the window, the stride is left out"],
    "maxpool2d_forward__channels_last": ["(N, H, W, C)"],
    "maxpool2d_backward__window_assigned": ["Each window is written as a whole"],
    "maxpool2d_backward__one_pixel_assigned": ["= overwrites what += would add up"],
    "maxpool2d_backward__one_pixel_of_the_window_assigned": ["= overwrites what += would add up"],
    "maxpool2d_backward__every_tie_paid": ["Every pixel that equals the maximum"],
    "maxpool2d_backward__position_by_height": ["height of the window is used where the width"],
    "maxpool2d_backward__position_as_float": ["floating-point numbers"],
    "maxpool2d_backward__stride_is_size": ["multiples of their size"],
    "maxpool2d_backward__cached_x_overwritten": ["both are one array"],
    "softmax_cross_entropy__epsilon_of_1e_8": ["kept away from 0"],
    "softmax_cross_entropy__epsilon_of_1e_5": ["kept away from 0"],
    "softmax_cross_entropy__epsilon_of_1e_15": ["kept away from 0"],
    "softmax_cross_entropy__epsilon_of_3e_7": ["about 3e-07"],
    "softmax_cross_entropy__clipped": ["kept away from 0"],
    "softmax_cross_entropy__no_shift": ["not shifted"],
    "softmax_cross_entropy__one_maximum": ["One maximum is subtracted from all rows"],
    "softmax_cross_entropy__returned_in_other_order": ["wrong order"],
    "softmax_cross_entropy__gradient_not_divided": ["not divided by the size of the batch"],
    "dense_backward__returned_in_other_order": ["wrong order"],
    "dense_backward__db_divided_by_batch": ["mean of dout"],
    "dense_backward__db_over_the_wrong_axis": ["over the outputs"],
    "adam_step__powers_of_two": ["beta is squared"],
    "adam_step__count_starts_at_two": ["step count is 2 in the first step"],
    "adam_step__epsilon_inside_the_root": ["inside the square root"],
    "adam_step__corrected_moments_kept": ["corrected again"],
    "adam_step__multiplied_by_the_count": ["beta is multiplied by the step count"],
    "sgd_momentum_step__averaged": ["multiplied by 1 - momentum"],
    "sgd_momentum_step__uphill": ["wrong sign"],
    "l2_penalty__not_halved": ["the factor 0.5 is missing", "twice that of half"],
    "sigmoid_backward__derivative_of_input": ["from the input"],
}


def module_of(path):
    spec = importlib.util.spec_from_file_location(f"handwritten_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)


MODULES = [module_of(path) for path in sorted(FOLDER.glob("[a-z]*.py"))]
VARIANTS = {
    name: {**{right: module[right] for right in FUNCTIONS if right in module}, name.partition("__")[0]: value}
    for module in MODULES
    for name, value in module.items()
    if name.partition("__")[0] in FUNCTIONS and "__" in name
}


def causes(name):
    """The causes that each failed check names, for a variant."""
    function, functions = name.partition("__")[0], VARIANTS[name]
    caller = LocalCaller(lambda name: functions.get(name) or solution(name))
    concerned = {function, FUNCTIONS[function].backward}
    checks = [check for check in runnable_checks(PUBLISHED).values() if check.function in concerned]
    diagnosis = Diagnosis(caller, checks, outcomes, Recogniser(caller, index))
    found = {}
    for check in checks:
        trace = run_and_record(check, caller, diagnosis.known_forwards(check.function))
        diagnosis.observe(check.id, trace)
        if trace.stopped is not None and trace.stopped.status is not Status.BLOCKED:
            found[check.id] = [cause.cause for cause in diagnosis.causes(check.id)]
    return found


def test_each_variant_says_what_is_to_be_said_of_it():
    assert set(SAID) == set(VARIANTS)


@pytest.mark.parametrize("name", SAID)
def test_a_handwritten_variant_is_named_in_every_check_that_it_fails(name):
    found = causes(name)
    assert found
    for check, named in found.items():
        assert len(named) == 1, check
        assert any(words in named[0] for words in SAID[name]), check
    together = " ".join(cause for named in found.values() for cause in named)
    assert all(words in together for words in SAID[name])
