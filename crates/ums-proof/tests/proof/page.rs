//! The page `docs/outcomes.md` names tests that exist.

use std::fs;
use std::path::Path;

#[test]
fn each_test_named_on_the_page_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("docs/outcomes.md")).unwrap();
    let mut named = 0;
    for word in page.split('`').filter(|word| word.starts_with("crates/")) {
        let (file, test) = word.split_once("::").unwrap_or((word, ""));
        let path = root.join(file);
        assert!(path.exists(), "{file}");
        if !test.is_empty() {
            named += 1;
            let source = fs::read_to_string(path).unwrap();
            assert!(source.contains(&format!("fn {test}(")), "{word}");
        }
    }
    assert!(named >= 25, "{named}");
}
