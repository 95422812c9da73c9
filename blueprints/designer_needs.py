"""Beside the form of an action or a verb: one more thing that has to be given, in own words."""

from __future__ import annotations

from dataclasses import replace

from flask_babel import gettext as _

from blueprints.designer_boxes import Box, Form, Row, Typed, Values, slug
from blueprints.designer_words import said, typed_words
from states.edit_words import Together
from states.edits import Edit
from workflow import labels

NEED, ENGLISH = "other_need", "other_need_en"


class NeedingForm:
    """A form with `needs`; what is typed here is ticked there, and called by its words."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self.title, self.lead, self.button = form.title, form.lead, form.button
        self.step = form.step

    def rows(self) -> list[Row]:
        """The boxes of the form, and under the needs those for another one."""
        found: list[Row] = []
        for row in self._form.rows():
            found.append(row)
            if "needs" in row.names:
                found.append(self._other())
        return found

    def _other(self) -> Row:
        help_ = _("A few words, such as: surat pernyataan. Whoever does it is asked for them.")
        own = Box(NEED, _("Something else, in Indonesian"), help=help_)
        english = Box(ENGLISH, _("The same in English"), help=_("Empty: the Indonesian words"))
        return Row((own, english), _("Something else that has to be given"), spare=True)

    def values(self) -> Values:
        """What the form holds, and nothing else yet."""
        return self._form.values() | {NEED: [""], ENGLISH: [""]}

    def edit(self, typed: Typed) -> Edit:
        """The edit of the form; with the words of what was added, if anything was."""
        words = typed_words(typed, NEED, ENGLISH)
        name = slug(words.id)
        if words.id and not name:
            typed.wrong(NEED, "not_understood")
        if not name:
            return self._form.edit(typed)
        needs = [*typed.values.get("needs", []), name]
        edit = self._form.edit(replace(typed, values={**typed.values, "needs": needs}))
        if labels.knows("need", name):
            return edit
        return Together((edit, said("need", name, words)))
