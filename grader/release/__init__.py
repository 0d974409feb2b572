"""What is made from the solution for others: the stubs that students start from."""
