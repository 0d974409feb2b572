"""Recorded answers: the same inputs bring the same answer back, and others none."""

import numpy as np
import pytest

from grader.core.errors import GraderError, MissingAnswerError
from grader.core.kit import KIT
from grader.judging.calls import parameter_names
from grader.reference import recorded as module
from grader.reference.functions import recording, reference, solution
from grader.reference.recorded import Answers, Store

X = np.array([[1.0, -2.0], [3.0, -4.0]])


@pytest.fixture
def answers():
    return Answers()


def recalled(answers, folder, name):
    """The function of a record that was written and read."""
    answers.save(folder)
    return Answers.load(folder).function(name)


class TestFunctions:
    def test_the_same_inputs_bring_the_same_back(self, answers, tmp_path):
        out, _ = answers.recording("relu_forward", solution("relu_forward"))(X)
        again, _ = recalled(answers, tmp_path, "relu_forward")(X)
        np.testing.assert_array_equal(again, out)

    def test_other_inputs_options_or_types_are_missing(self, answers, tmp_path):
        answers.recording("maxpool2d_forward", solution("maxpool2d_forward"))(X[None, None], size=2)
        function = recalled(answers, tmp_path, "maxpool2d_forward")
        for array, options in (
            (X[None, None] + 1, {"size": 2}),
            (X[None, None], {"size": 1}),
            (X[None, None], {}),
            (X[None, None].astype(np.float32), {"size": 2}),
        ):
            with pytest.raises(MissingAnswerError):
                function(array, **options)

    def test_rounding_in_the_last_digit_does_not_matter(self, answers, tmp_path):
        answers.recording("relu_forward", solution("relu_forward"))(X)
        recalled(answers, tmp_path, "relu_forward")(np.nextafter(X, 9))

    def test_caches_lead_to_the_answers_of_their_own_call(self, answers, tmp_path):
        forward = answers.recording("relu_forward", solution("relu_forward"))
        backward = answers.recording("relu_backward", solution("relu_backward"))
        for x in (X, -X):
            backward(np.ones((2, 2)), forward(x)[1])
        answers.save(tmp_path)
        loaded = Answers.load(tmp_path)
        caches = [loaded.function("relu_forward")(x)[1] for x in (X, -X)]
        for cache, x in zip(caches, (X, -X), strict=True):
            np.testing.assert_array_equal(loaded.function("relu_backward")(np.ones((2, 2)), cache), x > 0)

    def test_states_lead_from_step_to_step(self, answers, tmp_path):
        step = answers.recording("adam_step", solution("adam_step"))
        first, state = step(X, X, None)
        second, _ = step(first, X, state)
        answers.save(tmp_path)
        recorded = Answers.load(tmp_path).function("adam_step")
        param, state = recorded(X, X, None)
        np.testing.assert_array_equal(recorded(param, X, state)[0], second)

    def test_derivatives_are_recorded_too(self, answers, tmp_path):
        recorded = answers.recording("relu_forward", solution("relu_forward"))
        expected = recorded.derivatives((X,), np.ones((2, 2)), {})
        found = recalled(answers, tmp_path, "relu_forward").derivatives((X,), np.ones((2, 2)), {})
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_allclose(found[0], X > 0)

    def test_an_error_is_an_answer(self, answers, tmp_path):
        def failing(x):
            raise TypeError("no")

        with pytest.raises(TypeError):
            answers.recording("relu_forward", failing)(X)
        with pytest.raises(ValueError, match="TypeError: no"):
            recalled(answers, tmp_path, "relu_forward")(X)

    def test_what_is_not_numbers_is_recorded_as_an_error(self, tmp_path):
        answers = Answers()
        nothing = answers.recording("sgd_step", lambda param, grad: None)
        with pytest.raises(TypeError, match="not numbers"):
            nothing(np.zeros(2), np.zeros(2))
        with pytest.raises(ValueError, match="TypeError: what was returned is not numbers"):
            recalled(answers, tmp_path, "sgd_step")(np.zeros(2), np.zeros(2))

    def test_two_answers_to_the_same_inputs_are_refused(self, answers):
        answers.recording("relu_forward", lambda x: (x, None))(X)
        with pytest.raises(GraderError, match="answers differently"):
            answers.recording("relu_forward", lambda x: (2 * x, None))(X)

    def test_names_of_parameters_are_kept(self, answers, tmp_path, monkeypatch):
        answers.recording("dense_forward", solution("dense_forward"))
        answers.save(tmp_path)
        loaded = Answers.load(tmp_path)
        monkeypatch.setattr("grader.reference.functions.recorded", lambda: loaded)
        assert parameter_names("dense_forward", [X, X, X]) == ("x", "w", "b")


class TestStore:
    def test_arrays_come_back_as_they_were(self):
        store = Store()
        arrays = [X, X.astype(np.float32), np.arange(3), np.array(2.5), np.zeros((0, 3)), X.T]
        places = [store.put(array) for array in arrays]
        again = Store(store.content)
        for array, place in zip(arrays, places, strict=True):
            found = again.get(place)
            assert (found.dtype, found.shape) == (array.dtype, array.shape)
            np.testing.assert_array_equal(found, array)

    def test_what_is_there_already_takes_no_room(self):
        store = Store()
        assert store.put(X) == store.put(X.copy())
        assert len(store.content) == X.nbytes


class TestRecord:
    def test_this_kit_has_none_and_the_solution(self):
        assert module.recorded() is None
        assert KIT.has_solution

    @pytest.mark.parametrize("content", ["", "{}", "[1]"])
    def test_a_damaged_one_is_reported(self, tmp_path, content):
        (tmp_path / "answers.json").write_text(content)
        with pytest.raises(GraderError, match="cannot be read; install the kit again"):
            Answers.load(tmp_path)

    def test_the_reference_is_recorded_only_inside_the_context(self, answers):
        with recording(answers):
            reference("relu_forward")(X)
        reference("relu_forward")(-X)
        assert len(answers) == 1
