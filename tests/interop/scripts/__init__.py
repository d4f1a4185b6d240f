"""What is asked of the lab, service by service. Each script takes a driver (boto3 or the CLI) and checks what only a person who knows
AWS would know; together they drive every operation the lab claims. Names are found by asking, as a stranger would."""
