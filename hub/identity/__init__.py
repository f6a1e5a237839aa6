"""Link evidence and the models that link persons by it. Pure: no input, no output, no clock."""
