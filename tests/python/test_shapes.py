"""Names of columns become variables."""

import unittest

from dovetail.shapes import Variable, variables


class Variables(unittest.TestCase):
    def test_a_vector_and_a_scalar(self) -> None:
        found = variables(["theta[1]", "theta[2]", "mu"])
        self.assertEqual(found, [Variable("theta", ((1, 2),), (0, 1)), Variable("mu", (), (2,))])

    def test_a_matrix_in_stans_order_has_its_rows_first(self) -> None:
        (found,) = variables(["a[1,1]", "a[2,1]", "a[1,2]", "a[2,2]", "a[1,3]", "a[2,3]"])  # columns first
        self.assertEqual(found.shape, (2, 3))
        self.assertEqual(found.columns, (0, 2, 4, 1, 3, 5))
        self.assertEqual(found.dims, ("a_dim_0", "a_dim_1"))

    def test_labels_that_are_words(self) -> None:
        (found,) = variables(["mu[intercept]", "mu[dose 10 mg]", "mu[3]"])
        self.assertEqual(found.labels, (("intercept", "dose 10 mg", "3"),))

    def test_numbers_that_would_read_otherwise_stay_words(self) -> None:
        (found,) = variables(["x[01]", "x[1]"])
        self.assertEqual(found.labels, (("01", "1"),))

    def test_what_fills_no_grid_stays_apart(self) -> None:
        triangle = ["L[1,1]", "L[2,1]", "L[2,2]"]
        self.assertEqual([found.name for found in variables(triangle)], triangle)
        self.assertEqual([found.name for found in variables(["x[1]", "x[1,1]"])], ["x[1]", "x[1,1]"])

    def test_a_name_that_is_taken(self) -> None:
        found = variables(["x", "x[1]", "x[2]"])
        self.assertEqual([(each.name, each.columns) for each in found], [("x", (0,)), ("x[1]", (1,)), ("x[2]", (2,))])

    def test_names_that_stand_twice(self) -> None:
        found = variables(["x[1]", "x[2]", "x[ 2]"])
        self.assertEqual([(each.name, each.columns) for each in found], [("x", (0, 1)), ("x[ 2]", (2,))])

    def test_odd_names_are_names(self) -> None:
        odd = ["[1]", "x]", "x[1", "x[1]y", '"a", <b>', "σ[é]"]
        self.assertEqual([found.name for found in variables(odd)], ["[1]", "x]", "x[1", "x[1]y", '"a", <b>', "σ"])
