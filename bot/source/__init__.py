"""What source is made of: lines, safe paths, globs, RE2, grammars, strict YAML and JSON. Pure; knows no migration."""
