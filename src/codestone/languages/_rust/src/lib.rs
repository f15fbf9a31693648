//! Holds no code: the dependencies are what is built.
