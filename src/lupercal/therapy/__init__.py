"""What can be given: products and regimens in clinical language.

Nothing here knows the model: `lupercal.model.inputs` is the one place where doses become model inputs.
"""
