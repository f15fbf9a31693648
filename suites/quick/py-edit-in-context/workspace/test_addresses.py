"""Tests of addresses.py; run them with python -m unittest."""

import unittest

import addresses


class Plain(unittest.TestCase):
    def test_parts(self):
        found = addresses.parse("ada.ferry+lamp@Quay.example")
        self.assertEqual(found, ("ada.ferry", "lamp", "quay.example"))

    def test_refused(self):
        for text in ("", "ada", "ada@quay", "ada..ferry@quay.example", "ada@-quay.example", "ada@quay.e1"):
            self.assertFalse(addresses.is_valid(text), text)

    def test_reason(self):
        with self.assertRaises(addresses.AddressError) as caught:
            addresses.parse("ada+@quay.example")
        self.assertEqual(caught.exception.reason, "tag")

    def test_same_mailbox(self):
        self.assertTrue(addresses.same_mailbox("Ada+lamp@quay.example", "ada@QUAY.example"))

    def test_find_all(self):
        text = "Write to ada@quay.example, or to (bo@dock.example)."
        self.assertEqual(addresses.find_all(text), ["ada@quay.example", "bo@dock.example"])

    def test_fingerprint(self):
        self.assertEqual(addresses.fingerprint("Ada@quay.example"), "54853ba60986")


class Unicode(unittest.TestCase):
    def test_name(self):
        self.assertEqual(addresses.normalise("søren.ås@quay.example"), "søren.ås@quay.example")

    def test_host(self):
        self.assertEqual(addresses.normalise("ada@Größe.example"), "ada@größe.example")

    def test_two_spellings(self):
        self.assertTrue(addresses.same_mailbox("zo\u00eb@quay.example", "zoe\u0308@quay.example"))

    def test_found_in_text(self):
        self.assertEqual(addresses.find_all("Fragt søren@quay.example!"), ["søren@quay.example"])


if __name__ == "__main__":
    unittest.main()
