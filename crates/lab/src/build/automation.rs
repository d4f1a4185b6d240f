use super::Builder;
use crate::world::ApiError;

impl Builder<'_> {
    pub(super) fn tables(&mut self) {}
    pub(super) fn functions(&mut self) -> Result<(), ApiError> {
        Ok(())
    }
    pub(super) fn machines(&mut self) -> Result<(), ApiError> {
        Ok(())
    }
    pub(super) fn rules(&mut self) -> Result<(), ApiError> {
        Ok(())
    }
    pub(super) fn apis(&mut self) {}
}
