from hypothesis import settings

settings.register_profile("unhurried", deadline=None)  # a busy machine is slow, not wrong
settings.load_profile("unhurried")
