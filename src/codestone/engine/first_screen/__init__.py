"""What is here, in two seconds: memory and who has it, servers and models, files, and what to do next."""
