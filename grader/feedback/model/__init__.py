"""An error model: what students write wrongly, as edits of plain implementations."""
