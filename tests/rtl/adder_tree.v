// SPDX-License-Identifier: GPL-3.0-or-later
// Sum of INPUTS (a power of two) signed numbers, registered at each level:
// log2 INPUTS clocks.
module adder_tree #(
    parameter INPUTS = 4,
    parameter WIDTH = 16,
    parameter SUM = 32
) (
    input                            clock,
    input         [INPUTS*WIDTH-1:0] in,
    output signed [SUM-1:0]          out
);
    localparam LEVELS = $clog2(INPUTS);

    wire [INPUTS*SUM-1:0] node [0:LEVELS];

    genvar level, i;
    generate
        for (i = 0; i < INPUTS; i = i + 1) begin : leaf
            wire signed [WIDTH-1:0] term = in[i*WIDTH +: WIDTH];
            wire signed [SUM-1:0]   wide = term;
            assign node[0][i*SUM +: SUM] = wide;
        end
        for (level = 1; level <= LEVELS; level = level + 1) begin : row
            for (i = 0; i < (INPUTS >> level); i = i + 1) begin : add
                reg signed [SUM-1:0] sum;
                always @(posedge clock)
                    sum <= $signed(node[level-1][2*i*SUM +: SUM]) +
                           $signed(node[level-1][(2*i+1)*SUM +: SUM]);
                assign node[level][i*SUM +: SUM] = sum;
            end
        end
    endgenerate

    assign out = node[LEVELS][SUM-1:0];
endmodule
