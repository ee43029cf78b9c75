// SPDX-License-Identifier: GPL-3.0-or-later
// Sum of one column over P sub-macros: input register, a register at each level
// of the tree, output register: log2 P + 2 clocks.
module merge #(
    parameter P = 4,
    parameter SUM = 32
) (
    input                       clock,
    input      [P*SUM-1:0]      in,
    output reg signed [SUM-1:0] out
);
    reg  [P*SUM-1:0]      held;
    wire signed [SUM-1:0] sum;

    adder_tree #(.INPUTS(P), .WIDTH(SUM), .SUM(SUM)) tree (
        .clock(clock), .in(held), .out(sum));

    always @(posedge clock) begin
        held <= in;
        out <= sum;
    end
endmodule
