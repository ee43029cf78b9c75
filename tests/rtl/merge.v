// SPDX-License-Identifier: GPL-3.0-or-later
// Sums of one column over teams of 2^mode of P sub-macros: input register, a
// register at each level of the tree, output register: log2 P + 2 clocks in
// every mode.  A level up to `mode` adds neighbours, one past it hands all that
// come on, so that output t is the sum of team t; outputs past the last team's
// mean nothing.  Modes up to log2 P, which adds all, as the released RTL does.
module merge #(
    parameter P = 4,
    parameter SUM = 32,
    parameter MODE_BITS = 3
) (
    input                      clock,
    input      [MODE_BITS-1:0] mode,
    input      [P*SUM-1:0]     in,
    output reg [P*SUM-1:0]     out
);
    localparam LEVELS = $clog2(P);

    reg  [P*SUM-1:0] held;
    wire [P*SUM-1:0] node [0:LEVELS];

    assign node[0] = held;
    always @(posedge clock) begin
        held <= in;
        out <= node[LEVELS];
    end

    genvar level, i;
    generate
        for (level = 1; level <= LEVELS; level = level + 1) begin : row
            for (i = 0; i < P; i = i + 1) begin : lane
                reg signed [SUM-1:0] sum;
                if (i < (P >> level)) begin : adds
                    always @(posedge clock)
                        if (level <= mode)
                            sum <= $signed(node[level-1][2*i*SUM +: SUM]) +
                                   $signed(node[level-1][(2*i+1)*SUM +: SUM]);
                        else
                            sum <= node[level-1][i*SUM +: SUM];
                end else begin : hands_on
                    always @(posedge clock)
                        sum <= node[level-1][i*SUM +: SUM];
                end
                assign node[level][i*SUM +: SUM] = sum;
            end
        end
    endgenerate
endmodule
