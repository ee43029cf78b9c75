// SPDX-License-Identifier: GPL-3.0-or-later
// Random weights that stay for ten clocks, random inputs in each: what the nets
// of a block do is written to a VCD.
`timescale 1ns/10ps
module bench;
    reg                 clock = 0;
    integer             i, k, seed = 1;
`ifdef TREE
    reg         [511:0] in;
    wire        [20:0]  out;
    reg signed  [7:0]   weight [0:31], value;
    reg signed  [15:0]  product;
    row_tree dut(.clock(clock), .in(in), .out(out));
`else
    reg         [7:0]   word, value;
    wire        [16:0]  product;
    dense_cell dut(.clock(clock), .word(word), .value(value), .product(product));
`endif

    initial begin
        $dumpfile("nets.vcd");
        $dumpvars(1, dut);
        for (i = 0; i < `CLOCKS; i = i + 1) begin
`ifdef TREE
            for (k = 0; k < 32; k = k + 1) begin
                if (i % 10 == 0)
                    weight[k] = $random(seed);
                value = $random(seed);
                product = weight[k] * value;
                in[k*16 +: 16] = product;
            end
`else
            if (i % 10 == 0)
                word = $random(seed);
            value = $random(seed);
`endif
            #50 clock = 1;
            #50 clock = 0;
        end
        $finish;
    end
endmodule
