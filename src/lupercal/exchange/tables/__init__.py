"""How does a clinic's table become patient files, and a patient file a table?"""
