"""Judges infra/ and .github/ with no account and no network but the package registries; see infra/README.md."""
