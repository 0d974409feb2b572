"""Frames over a real pair of sockets, and everything that is no frame."""

import json
import socket
import threading

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.worker.protocol import (
    DTYPES,
    MOST_BODY_BYTES,
    MOST_DIMENSIONS,
    MOST_HEADER_BYTES,
    PREFIX,
    Deadline,
    ProtocolError,
    decode,
    describe,
    described,
    encode,
    extent,
    receive_array,
    receive_header,
    receive_into,
    send,
)

always_the_same = settings(derandomize=True, database=None, deadline=None, max_examples=200)

SOON = Deadline(3600)
NEVER = Deadline(None)

ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
"""what JSON can hold, but for its containers"""


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def cross(pair, arrays, number=7):
    """Send arrays from one end to the other in one frame; return what came."""
    ours, theirs = pair
    header = encode({"arrays": [describe(array) for array in arrays]})
    sender = threading.Thread(target=send, args=(ours, number, header, arrays, SOON))
    sender.start()
    came, encoded = receive_header(theirs, SOON)
    assert came == number
    received = [receive_array(theirs, *described(item), deadline=SOON) for item in decode(encoded)["arrays"]]
    sender.join()
    return received


class TestRoundTrip:
    @pytest.mark.parametrize("dtype", DTYPES)
    @pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 3, 4), (0,), (3, 0, 2), (1, 1, 2, 1, 1, 1)])
    def test_every_type_and_shape_comes_as_it_was_sent(self, pair, dtype, shape):
        sent = np.random.RandomState(0).randint(0, 2, shape).astype(dtype)
        (received,) = cross(pair, [sent])
        assert received.dtype == sent.dtype
        assert received.shape == sent.shape
        assert received.tobytes() == sent.tobytes()

    def test_special_values_come_bit_by_bit(self, pair):
        sent = np.array([np.nan, -np.inf, -0.0, 5e-324])
        assert cross(pair, [sent])[0].tobytes() == sent.tobytes()

    def test_several_arrays_share_a_frame(self, pair):
        sent = [np.arange(6.0).reshape(2, 3), np.empty(0, np.uint8), np.array(True), np.array([1, 2])]
        for received, array in zip(cross(pair, sent), sent, strict=True):
            np.testing.assert_array_equal(received, array, strict=True)

    def test_what_comes_is_new_contiguous_and_can_be_written(self, pair):
        (received,) = cross(pair, [np.ones((3, 2))])
        assert received.flags.writeable
        assert received.flags.c_contiguous
        assert received.flags.owndata

    def test_an_array_larger_than_any_buffer_comes_whole(self, pair):
        sent = np.random.RandomState(0).bytes(5 << 20)
        assert cross(pair, [np.frombuffer(sent, np.uint8)])[0].tobytes() == sent

    def test_frames_follow_one_another(self, pair):
        assert [cross(pair, [np.array(n)], number=n)[0] for n in (0, 1, 2**64 - 1 >> 1)] == [0, 1, 2**63 - 1]

    def test_the_number_uses_all_64_bits(self, pair):
        cross(pair, [], number=2**64 - 1)


class TestDescribed:
    @pytest.mark.parametrize(
        "array", [np.ones((2, 3), np.float32), np.array(1), np.ones((0, 4), bool), np.ones(3, ">f8")]
    )
    def test_it_understands_describe(self, array):
        dtype, shape = described(json.loads(json.dumps(describe(array))))
        assert dtype == array.dtype.newbyteorder("<")
        assert shape == array.shape

    @pytest.mark.parametrize(
        "item",
        [
            None,
            "<f8",
            {},
            [],
            ["<f8"],
            ["<f8", [1], 0],
            ("<f8", [1]),
            ["<f2", [1]],
            [">f8", [1]],
            ["<c16", [1]],
            ["|O", [1]],
            ["O", [1]],
            ["float64", [1]],
            [["<f8"], [1]],
            [{}, [1]],
            [None, [1]],
            ["<f8", None],
            ["<f8", 3],
            ["<f8", {"0": 1}],
            ["<f8", "12"],
        ],
        ids=str,
    )
    def test_what_is_no_description_is_refused(self, item):
        with pytest.raises(ProtocolError):
            described(item)

    @pytest.mark.parametrize(
        "shape",
        [
            [-1],
            [2**63],
            [2**64],
            [10**30],
            [True],
            [False],
            [2.0],
            [float("nan")],
            ["3"],
            [None],
            [[3]],
            [1] * (MOST_DIMENSIONS + 1),
            [MOST_BODY_BYTES // 8 + 1],
            [1 << 13, 1 << 13],
            [0, 2**63],
        ],
        ids=str,
    )
    def test_a_shape_that_cannot_be_is_refused(self, shape):
        with pytest.raises(ProtocolError):
            described(["<f8", shape])

    def test_the_largest_array_is_allowed_and_one_more_is_not(self):
        most = MOST_BODY_BYTES // 4
        assert described(["<f4", [2, most // 2]])[1] == (2, most // 2)
        with pytest.raises(ProtocolError):
            described(["<f4", [most + 1]])

    @pytest.mark.parametrize("empty", [0, 3])
    def test_an_empty_axis_does_not_excuse_huge_ones(self, empty):
        shape = [MOST_BODY_BYTES] * 5
        shape.insert(empty, 0)
        with pytest.raises(ProtocolError):
            described(["<f8", shape])

    @always_the_same
    @given(st.lists(st.integers(0, MOST_BODY_BYTES) | st.integers(0, 9), max_size=MOST_DIMENSIONS))
    @example([0, MOST_BODY_BYTES, MOST_BODY_BYTES])
    def test_numpy_can_make_whatever_is_allowed(self, shape):
        try:
            dtype, allowed = described(["<f8", shape])
        except ProtocolError:
            return
        assert np.empty(allowed, dtype).nbytes <= MOST_BODY_BYTES

    @always_the_same
    @given(
        st.lists(ANYTHING | st.lists(ANYTHING, max_size=MOST_DIMENSIONS + 1), max_size=3)
        | st.tuples(st.sampled_from(sorted(DTYPES)), st.lists(ANYTHING, max_size=3)).map(list)
        | ANYTHING
    )
    def test_anything_else_is_refused_and_nothing_worse(self, item):
        try:
            described(item)
        except ProtocolError:
            return
        assert item[0] in DTYPES


class TestExtent:
    def test_it_is_the_size_in_bytes(self):
        assert extent(np.dtype("<f4"), (2, 3)) == 24
        assert extent(np.dtype("<f8"), ()) == 8

    def test_an_empty_axis_counts_as_one(self):
        assert extent(np.dtype("<f8"), (0, 5)) == 40


class TestHeader:
    def test_decode_understands_encode(self):
        header = {"calls": [["f", ["x", None], ["y"], {"lr": 0.1}]], "text": "\u00e4\ud800\n"}
        assert decode(encode(header)) == header

    def test_a_header_too_long_is_not_sent(self):
        encode({"text": "x" * (MOST_HEADER_BYTES - 20)})
        with pytest.raises(ProtocolError, match="too long"):
            encode({"text": "x" * MOST_HEADER_BYTES})

    @pytest.mark.parametrize(
        "encoded",
        [
            b"",
            b"{",
            b"[]",
            b"1",
            b"null",
            b'"{}"',
            b"{} {}",
            b"\xff\xfe",
            b'{"a": NaN}',
            b'{"a": -Infinity}',
            b'{"a": 1' + b"0" * 5000 + b"}",
            b'{"a":' + b"[" * 60_000,
            b'{"a":' * 10_000,
        ],
        ids=lambda encoded: str(encoded[:12]),
    )
    def test_what_is_no_json_object_is_refused(self, encoded):
        with pytest.raises(ProtocolError):
            decode(encoded)

    @always_the_same
    @given(st.binary(max_size=200))
    def test_random_bytes_are_refused_and_nothing_worse(self, encoded):
        try:
            header = decode(encoded)
        except ProtocolError:
            return
        assert type(header) is dict


class TestReceiveHeader:
    @pytest.mark.parametrize("length", [MOST_HEADER_BYTES + 1, 2**32 - 1])
    def test_a_header_that_says_it_is_too_long_is_refused_before_it_is_read(self, pair, length):
        ours, theirs = pair
        ours.sendall(PREFIX.pack(1, length))
        with pytest.raises(ProtocolError, match="too long"):
            receive_header(theirs, SOON)

    def test_the_longest_header_is_read(self, pair):
        ours, theirs = pair
        header = b"x" * MOST_HEADER_BYTES
        sender = threading.Thread(target=send, args=(ours, 5, header, [], SOON))
        sender.start()
        assert receive_header(theirs, SOON) == (5, header)
        sender.join()

    def test_an_empty_header_is_read(self, pair):
        ours, theirs = pair
        send(ours, 5, b"", [], SOON)
        assert receive_header(theirs, SOON) == (5, b"")

    @pytest.mark.parametrize("sent", [b"", b"\0" * 5, PREFIX.pack(1, 10), PREFIX.pack(1, 10) + b"x" * 9])
    def test_an_end_before_the_end_is_an_end_of_file(self, pair, sent):
        ours, theirs = pair
        ours.sendall(sent)
        ours.close()
        with pytest.raises(EOFError):
            receive_header(theirs, SOON)

    @pytest.mark.parametrize("sent", [b"", b"\0" * 5, PREFIX.pack(1, 10) + b"x" * 9])
    def test_silence_runs_out_of_time(self, pair, sent):
        ours, theirs = pair
        ours.sendall(sent)
        with pytest.raises(TimeoutError):
            receive_header(theirs, Deadline(0.01))

    @always_the_same
    @given(st.binary(max_size=64))
    def test_random_bytes_end_in_one_of_the_errors_that_are_foreseen(self, sent):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.sendall(sent)
            ours.close()
            try:
                number, header = receive_header(theirs, SOON)
            except (ProtocolError, EOFError):
                return
        assert sent.startswith(PREFIX.pack(number, len(header)) + header)


class TestReceiveArray:
    def test_a_body_that_is_cut_off_is_an_end_of_file(self, pair):
        ours, theirs = pair
        ours.sendall(b"\0" * 23)
        ours.close()
        with pytest.raises(EOFError):
            receive_array(theirs, np.dtype("<f8"), (3,), SOON)

    def test_a_body_that_stops_coming_runs_out_of_time(self, pair):
        ours, theirs = pair
        ours.sendall(b"\0" * 23)
        with pytest.raises(TimeoutError):
            receive_array(theirs, np.dtype("<f8"), (3,), Deadline(0.01))

    def test_a_sender_of_single_bytes_is_given_no_more_time_than_one_of_all(self, pair):
        ours, theirs = pair

        def drip():
            # ends when the other side has given up and closed
            while True:
                try:
                    ours.sendall(b"\0")
                except OSError:
                    return

        sender = threading.Thread(target=drip)
        sender.start()
        with pytest.raises(TimeoutError):
            receive_array(theirs, np.dtype("<f8"), (MOST_BODY_BYTES // 8,), Deadline(0.05))
        theirs.close()
        sender.join()

    def test_an_empty_array_needs_no_bytes(self, pair):
        _, theirs = pair
        assert receive_array(theirs, np.dtype("<f8"), (0, 3), Deadline(0.01)).shape == (0, 3)

    def test_what_follows_is_left_for_the_next(self, pair):
        ours, theirs = pair
        ours.sendall(b"\1\2\3\4")
        assert receive_array(theirs, np.dtype("|u1"), (3,), SOON).tolist() == [1, 2, 3]
        rest = bytearray(1)
        receive_into(theirs, memoryview(rest), SOON)
        assert rest == b"\4"


class TestSend:
    def test_a_side_that_does_not_read_runs_out_of_time(self, pair):
        ours, _ = pair
        with pytest.raises(TimeoutError):
            send(ours, 1, b"{}", [np.zeros(1 << 20)], Deadline(0.01))

    def test_a_side_that_is_gone_is_an_error_of_the_connection(self, pair):
        ours, theirs = pair
        theirs.close()
        with pytest.raises(OSError, match=r".*"):
            send(ours, 1, b"{}", [np.zeros(1 << 16)], SOON)

    def test_nothing_is_sent_after_the_deadline(self, pair):
        ours, theirs = pair
        with pytest.raises(TimeoutError):
            send(ours, 1, b"{}", [], Deadline(0))
        theirs.setblocking(False)
        with pytest.raises(BlockingIOError):
            theirs.recv(1)

    @pytest.mark.parametrize("size", [3, 300])
    def test_an_array_that_is_not_contiguous_is_sent_in_the_right_order_or_not_at_all(self, pair, size):
        ours, theirs = pair
        array = np.arange(2.0 * size).reshape(2, size).T
        try:
            send(ours, 1, b"", [array], SOON)
        except TypeError:
            return
        receive_header(theirs, SOON)
        received = receive_array(theirs, *described(describe(array)), deadline=SOON)
        np.testing.assert_array_equal(received, array)


class TestDeadline:
    def test_it_may_never_come(self):
        assert NEVER.left() is None

    def test_what_is_left_grows_less(self):
        deadline = Deadline(30)
        first, second = deadline.left(), deadline.left()
        assert 0 < second <= first <= 30

    @pytest.mark.parametrize("seconds", [0, -1])
    def test_one_that_has_passed_is_a_timeout(self, seconds):
        with pytest.raises(TimeoutError):
            Deadline(seconds).left()
