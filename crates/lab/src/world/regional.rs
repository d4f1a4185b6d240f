use super::{acm, apigateway, autoscaling, cloudwatch, dynamodb, ecr, ecs, elb, events, kms, lambda, rds, secrets, sns, states};

/// Everything that lives in one region.
#[derive(Clone, Debug, Default)]
pub struct Regional {
    pub acm: acm::Acm,
    pub apigateway: apigateway::ApiGateway,
    pub autoscaling: autoscaling::AutoScaling,
    pub cloudwatch: cloudwatch::CloudWatch,
    pub dynamodb: dynamodb::DynamoDb,
    pub ecr: ecr::Ecr,
    pub ecs: ecs::Ecs,
    pub elb: elb::Elb,
    pub events: events::Events,
    pub kms: kms::Kms,
    pub lambda: lambda::Lambda,
    pub rds: rds::Rds,
    pub secrets: secrets::Secrets,
    pub sns: sns::Sns,
    pub states: states::States,
}
