use super::Change;

impl Change {
    /// The same with the AWS CLI, so that nobody is stuck if the console is lost; `None` where the CLI has no way to do it in one line.
    #[must_use]
    pub fn cli(&self) -> Option<String> {
        None
    }
}
