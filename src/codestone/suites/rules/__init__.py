"""What a task must keep to beyond its schema; a module for each part, a function for each rule."""
